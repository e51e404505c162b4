"""The rules of an automation beside its steps: when a run may begin, what ends it, what it is for, and when it may speak."""

import hashlib
from typing import Any, Literal

from msgspec import Struct

from posthorn.automations.fields import check_condition, check_duration
from posthorn.errors import Invalid
from posthorn.expressions.windows import parse_window
from posthorn.expressions.zones import zone_of

LONGEST_GOAL = "90 days"


class EventRule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happens to the run's user: an event, or leaving an audience.

    event: its name; None for any of the type. conditions: over the run's data and `event`, this event (courier.md 4.4).
    """

    event: str | None = None
    request_type: Literal["track", "identify", "group", "page", "screen"] = "track"
    conditions: Any = None
    audience_left: str | None = None

    def __post_init__(self) -> None:
        check_condition(self.conditions)


class Goal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the automation is for: this event within so long after a run began is its conversion. ends_run: and its end."""

    event: str
    request_type: Literal["track", "identify", "group", "page", "screen"] = "track"
    conditions: Any = None
    within: str = "7 days"
    ends_run: bool = True

    def __post_init__(self) -> None:
        check_condition(self.conditions)
        check_duration(self.within)


class ReEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a user who was here may come again: always, never, not while he is here, or once for each value of `key`."""

    mode: Literal["always", "once", "one_at_a_time", "once_per_key"] = "always"
    key: str = ""

    def __post_init__(self) -> None:
        if self.mode == "once_per_key" and not self.key:
            raise ValueError("`key`: Required")


class HoldOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many percent of the users get nothing, always the same ones, and are counted beside the others."""

    percent: float

    def __post_init__(self) -> None:
        if not 0 < self.percent < 100:
            raise ValueError("`percent`: Expected a number between 0 and 100")


class SendWindow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When messages may go out: `window` as in courier.md 6.6, in the user's time zone unless one is named.

    outside: hold a message until the window opens, drop it, or put its data into the digest of a topic.
    """

    window: str
    timezone: str = ""
    outside: Literal["hold", "drop", "digest"] = "hold"
    subscription_topic_id: str = ""

    def __post_init__(self) -> None:
        if self.outside == "digest" and not self.subscription_topic_id:
            raise ValueError("`subscription_topic_id`: Required")
        try:
            parse_window(self.window)
            zone_of(self.timezone)
        except Invalid as error:
            raise ValueError(error.message) from None


class FrequencyCap(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At most so many messages of all automations in any such period; what is too much is not sent."""

    max_messages: int
    period: str

    def __post_init__(self) -> None:
        if not 1 <= self.max_messages <= MOST_MESSAGES:
            raise ValueError(f"`max_messages`: Expected a number from 1 to {MOST_MESSAGES}")
        check_duration(self.period)


class Rules(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is left out does not apply. exit_on: any of them ends a run, which counts as well ended."""

    exit_on: tuple[EventRule, ...] = ()
    goal: Goal | None = None
    re_entry: ReEntry = ReEntry()
    hold_out: HoldOut | None = None
    send_window: SendWindow | None = None
    frequency_cap: FrequencyCap | None = None

    @property
    def remembers(self) -> bool:
        """Whether they look at what is remembered of a user between runs."""
        return self.re_entry.mode in ("once", "once_per_key") or self.frequency_cap is not None


MOST_MESSAGES = 1_000
NO_RULES = Rules()


def share(seed: str, key: str) -> float:
    """Where a key falls between 0 and 100, the same for ever and evenly spread; another seed mixes anew."""
    number = int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return (number >> 11) / 2**53 * 100
