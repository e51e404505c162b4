"""What an invocation by API needs: who it is for, whether it may begin, what the run sees."""

from typing import Any

from posthorn.automations.model import Automation, RunInvoked
from posthorn.automations.scope import holds, scope_of

_USER_KEYS = ("user_id", "userId", "anonymousId")
_CONTACTS = (
    "email",
    "phone_number",
    "firebaseToken",
    "apn",
    "expo",
    "aws_sns",
    "airship",
    "slack",
    "ms_teams",
    "discord",
    "intercom",
    "facebookPSID",
    "webhook",
)


def invoked_context(asked: RunInvoked) -> dict[str, Any]:
    """The context a run starts with; the stored profile is seen beside it and not copied."""
    return {
        "brand": asked.brand,
        "template": asked.template,
        "recipient": asked.recipient,
        "profile": asked.profile or None,
        "data": asked.data,
    }


def may_be_invoked(automation: Automation) -> bool:
    """Whether new runs may begin: it is published, enabled, not archived."""
    return not obstacle(automation)


def obstacle(automation: Automation) -> str:
    """Why no new run may begin, in one word; "" if it may."""
    if automation.state == "ARCHIVED":
        return "archived"
    if automation.published_version == 0:
        return "unpublished"
    return "" if automation.is_enabled else "disabled"


def named_user(user_id: str | None, profile: dict[str, Any], data: dict[str, Any]) -> str | None:
    """The user a journey is invoked for: as given, else from the profile, else from the data. Source: courier.md 5.5."""
    found = [user_id] + [holder.get(key) for holder in (profile, data) for key in _USER_KEYS]
    return next((one for one in found if isinstance(one, str) and one), None)


def can_be_reached(profile: dict[str, Any]) -> bool:
    """Whether the profile alone holds an address."""
    return any(profile.get(key) for key in _CONTACTS)


def opens(automation: Automation, asked: RunInvoked, stored_profile: dict[str, Any], now: int) -> bool:
    """Whether the conditions of its API triggers let the run begin: one of them, or there are none. Raises Invalid."""
    conditions = [trigger.conditions for trigger in automation.triggers if trigger.origin == "api"]
    scope = scope_of(invoked_context(asked), {}, stored_profile)
    return not conditions or any(holds(one, scope, now).holds for one in conditions)
