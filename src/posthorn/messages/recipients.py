"""Who a message is for: reads the recipient objects of courier.md 6.3."""

from typing import Any

from msgspec import Struct, json

from posthorn.errors import Invalid
from posthorn.ids import digest
from posthorn.messages.groups import Group, group_of

_ADDRESSES = (
    ("email", "email"),
    ("phone_number", "sms"),
    ("webhook", "webhook"),
    ("slack", "direct_message"),
    ("ms_teams", "direct_message"),
    ("discord", "direct_message"),
    ("intercom", "direct_message"),
    ("facebookPSID", "direct_message"),
    ("pagerduty", "direct_message"),
    ("firebaseToken", "push"),
    ("apn", "push"),
    ("expo", "push"),
    ("aws_sns", "push"),
    ("airship", "push"),
)

NOT_PROFILE = frozenset({"user_id", "data", "preferences", "context", "list_id", "tenant_id", "account_id"})
"""Keys of a user recipient that say something about the message, not about the person."""

_LONGEST_ID = 512


class Target(Struct, frozen=True, kw_only=True):
    """One recipient. user_key: whose partition the message belongs to; recipient: as `MessageDetails` shows it.

    user_id: None for an address without a user; user_key is then also the anonymousId that Segment gets.
    """

    user_key: str
    recipient: str
    to: dict[str, Any]
    user_id: str | None = None


class Recipients(Struct, frozen=True, kw_only=True):
    """Whom a request is for: those it names, and groups of people it has to look up."""

    targets: tuple[Target, ...] = ()
    groups: tuple[Group, ...] = ()


def recipients(to: Any) -> Recipients:
    """The recipients named by `message.to`: an object, or a list of them. Raises Invalid."""
    if to is None:
        raise Invalid("message.to: Required")
    if not isinstance(to, list):
        return _several([_one(to, "message.to")])
    if not to:
        raise Invalid("message.to: At least one recipient is needed.")
    return _several([_one(entry, f"message.to[{index}]") for index, entry in enumerate(to)])


def target(to: Any, path: str = "message.to") -> Target:
    """The one recipient of an object: a user, else an address of its own. Raises Invalid, also for a group."""
    found = _one(to, path)
    if isinstance(found, Group):
        raise Invalid(f"{path}: One recipient is needed here, not a group.")
    return found


def _several(found: list[Target | Group]) -> Recipients:
    return Recipients(
        targets=tuple(one for one in found if isinstance(one, Target)),
        groups=tuple(one for one in found if isinstance(one, Group)),
    )


def _one(to: Any, path: str) -> Target | Group:
    if not isinstance(to, dict):
        raise Invalid(f'{path}: Expected an object such as {{"user_id": "..."}}.')
    _check_fields(to, path)
    user_id = _user_id(to.get("user_id"), path)
    if user_id is not None:
        return Target(user_key=user_id, recipient=user_id, to=to, user_id=user_id)
    for key, channel in _ADDRESSES:
        address = _address(to.get(key))
        if address:
            return Target(user_key=address_key(channel, address), recipient=address, to=to)
    group = group_of(to, path)
    if group is not None:
        return group
    raise Invalid(f"{path}: A recipient needs a user_id or an address such as email or phone_number.")


def address_key(channel: str, address: str) -> str:
    """The key of an address that belongs to no user: "courier-" and 32 hex digits. E-mail addresses ignore case."""
    return "courier-" + digest("address", channel, address.lower() if channel == "email" else address).hex()


def given_profile(to: dict[str, Any]) -> dict[str, Any]:
    """The part of a recipient object that counts as profile, for this message only."""
    return {key: value for key, value in to.items() if key not in NOT_PROFILE and value is not None}


def tenant_of(message: dict[str, Any], to: dict[str, Any]) -> str:
    """The tenant that the request names, "" if it names none. Source: courier.md 6.4."""
    places = (message.get("context"), to.get("context"), to)
    for place in places:
        if isinstance(place, dict):
            named = place.get("tenant_id") or place.get("account_id")
            if isinstance(named, str) and named:
                return named
    return ""


def _user_id(value: Any, path: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Invalid(f"{path}.user_id: Expected a string.")
    if len(value) > _LONGEST_ID:
        raise Invalid(f"{path}.user_id: At most {_LONGEST_ID} characters.")
    return value


def _check_fields(to: dict[str, Any], path: str) -> None:
    for key in ("email", "phone_number", "locale", "tenant_id", "account_id", "list_id", "audience_id", "list_pattern"):
        value = to.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            raise Invalid(f"{path}.{key}: Expected a string.")
        if key in ("email", "phone_number") and not value.isprintable():
            raise Invalid(f"{path}.{key}: An address has no line breaks and no control characters.")
    for key in ("data", "context", "preferences", "webhook"):
        if to.get(key) is not None and not isinstance(to[key], dict):
            raise Invalid(f"{path}.{key}: Expected an object.")
    webhook = to.get("webhook")
    if webhook is not None and not isinstance(webhook.get("url"), str):
        raise Invalid(f"{path}.webhook.url: Required")


def _address(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict) and isinstance(value.get("url"), str):
        return value["url"]
    # Credentials may be inside, so a key without them is made of the whole, and nobody is shown more than its hash.
    return digest("address", json.encode(value, order="sorted").decode()).hex() if value else ""
