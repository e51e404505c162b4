"""Add to digest: put the run's data into its user's digest of a topic, and go on."""

from typing import Any

from msgspec import Struct

from posthorn.automations.digesting import DIGEST_ADDED, DigestAdded
from posthorn.automations.model import Tell
from posthorn.automations.outcomes import Fail, Step, StepContext, StepOutcome, Tells
from posthorn.automations.scope import text_or_none

_USER_KEYS = ("user_id", "userId")


class Config(Struct, frozen=True, kw_only=True):
    """`subscription_topic_id`: the topic, whose digest goes out by the digest trigger that names it. Source: courier.md 4.5."""

    subscription_topic_id: str | dict[str, Any]


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Hand the data over; without a topic or a user the step fails."""
    topic_id = text_or_none(config.subscription_topic_id, context.scope)
    if topic_id is None:
        return Fail(reason="`subscription_topic_id` leads to nothing.")
    data = context.run.context.get("data")
    data = data if isinstance(data, dict) else {}
    named = [data.get(key) for key in _USER_KEYS] + [context.run.context.get("recipient")]
    user_key = next((one for one in named if isinstance(one, str) and one), None)
    if user_key is None:
        return Fail(reason="There is no user whose digest this could be.")
    brought = DigestAdded(topic_id=topic_id, run_id=context.run.run_id, data=data)
    return Tells(told=Tell(event_type=DIGEST_ADDED, user_key=user_key, payload=brought), reason=f"Digest of {topic_id}.")


step = Step(action="add-to-digest", title="Add to a digest", config=Config, advance=advance)
