"""A user's choices changed: his state from then on, and who is told. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from posthorn.engine.config import Config
from posthorn.engine.state import UserState
from posthorn.engine.tenant_views import defaults_line
from posthorn.engine.way_back import told_of_preference
from posthorn.events.model import Event, Fact
from posthorn.outbox.model import Command
from posthorn.preferences import decide as preferences


class Chosen(Struct, frozen=True, kw_only=True):
    """user: the same if nothing changed. commands: for Segment and webhook endpoints."""

    user: UserState
    commands: tuple[Command, ...]
    facts: tuple[Fact, ...]


def choose(user: UserState, event: Event, config: Config, now: int) -> Chosen:
    """What a "preferences.changed" does."""
    changed = preferences.read_change(event.body)
    topics = config.topics.get(event.environment, {})
    outcome = preferences.decide(user.preferences, event, changed, topics, defaults_line(changed.tenant_id, user.tenants))
    is_same = outcome.preferences is user.preferences
    return Chosen(
        user=user if is_same else replace(user, preferences=outcome.preferences),
        commands=tuple(command for one in outcome.changes for command in told_of_preference(one, config, event, now)),
        facts=outcome.facts,
    )
