"""What an audience is, how one user stands to it, and what happens between them."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from posthorn.audiences.occurrences import Occurrence
from posthorn.timers.model import Timer

TIMER_KIND = "audience"
EVALUATION_REQUESTED = "audience.evaluation_requested"
"""Payload: EvaluationRequested. Something that this user's audiences read has changed outside their turn."""

CHANGED = "audience.changed"
"""Payload: AudienceChange. A first evaluation moved this user, and automations are to be started by that."""


class Audience(Struct, frozen=True, kw_only=True):
    """One version of an audience (courier.md 7.1); versions never change. Times are UTC milliseconds.

    filter: as read by `filters.normalized`, None for no rule, which holds for nobody. since_version: the first one after it
    was deleted; how users stood before that does not count. starts_automations: whether those that the evaluation of
    everybody moves start automations too. evaluated_version: the last version by which everybody has been evaluated.
    """

    environment: str
    audience_id: str
    version: int
    since_version: int = 1
    name: str = ""
    description: str = ""
    filter: dict[str, Any] | None = None
    starts_automations: bool = False
    evaluated_version: int = 0
    created_at: int
    updated_at: int

    @property
    def is_settling(self) -> bool:
        """Whether somebody may not have been evaluated by this version."""
        return self.evaluated_version < self.version


class Standing(Struct, frozen=True, kw_only=True):
    """How one user stands to one audience. changed_at: when he entered or left, UTC milliseconds.

    version: by which he was last found in or out. number: of this change, which grows
    from one to the next. reason: the rules that decided.
    """

    user_key: str
    audience_id: str
    version: int
    is_member: bool
    changed_at: int
    number: int
    reason: str


class State(Struct, frozen=True, kw_only=True):
    """What of one user audiences keep: his standings by audience id, and when he did what they watch.

    times: event name → the latest ones, newest first.
    """

    standings: Mapping[str, Standing] = {}
    times: Mapping[str, tuple[Occurrence, ...]] = {}


class Seen(Struct, frozen=True, kw_only=True):
    """What audiences see of a user beside his state. profile: None if he has none."""

    profile: Mapping[str, Any] | None = None
    tenant_ids: frozenset[str] = frozenset()


class Transition(Struct, frozen=True, kw_only=True):
    """A user entered or left. is_first: not by anything he did, but because everybody is being evaluated."""

    audience: Audience
    standing: Standing
    is_first: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """What one event did. standings: changed ones. times: of events that came; timers: to look again when time has passed."""

    standings: tuple[Standing, ...] = ()
    times: Mapping[str, tuple[Occurrence, ...]] = {}
    timers: tuple[Timer, ...] = ()
    transitions: tuple[Transition, ...] = ()


class EvaluationRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "audience.evaluation_requested". keys: top-level keys of the profile that changed.

    is_everything: all that audiences read may have changed.

    chain: transitions that led here one after the other, as text.
    """

    keys: tuple[str, ...]
    chain: tuple[str, ...] = ()
    is_everything: bool = False


class AudienceChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transition as automations see it, and the payload of "audience.changed"."""

    audience_id: str
    version: int
    number: int
    has_entered: bool
    chain: tuple[str, ...] = ()
