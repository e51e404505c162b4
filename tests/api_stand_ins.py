"""What stands in for the server in tests of the API: commands that are applied at once, two keys, no configuration."""

from typing import NoReturn

from posthorn.access.model import ApiKey, Source
from posthorn.api.context import Context, ServerSettings
from posthorn.api.noticed import Noticed
from posthorn.api.streaming import Streams
from posthorn.automations.library import Library
from posthorn.clock import Clock
from posthorn.engine.tenant_views import defaults_line, load_tenants
from posthorn.errors import Refusal
from posthorn.events.model import Entry, Event
from posthorn.events.read import read_event
from posthorn.lists import decide as lists_decide
from posthorn.lists.subscriptions import save_subscriptions
from posthorn.outbound import Outbound
from posthorn.preferences import decide as preferences_decide
from posthorn.preferences import store as preferences_store
from posthorn.preferences.model import CHANGED
from posthorn.preferences.topics import load_topics
from posthorn.profiles import decide as profiles_decide
from posthorn.profiles import store as profiles_store
from posthorn.secrets import Vault
from posthorn.storage.database import Database, Transaction
from posthorn.telemetry import Metrics
from posthorn.tenants import decide as tenants_decide
from posthorn.tenants import store as tenants_store

API_KEY = "pk_prod_first"


class NotedCommands:
    """Takes entries as the log would and keeps them in a list; refuses with `refusal` if there is one."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.refusal: Refusal | None = None

    async def append(self, entries: list[Entry]) -> None:
        if self.refusal:
            raise self.refusal
        self.entries += entries

    async def append_and_wait(self, entries: list[Entry]) -> None:
        await self.append(entries)


class AppliedCommands(NotedCommands):
    """Takes entries and applies them to profiles, memberships, lists and preferences, one after the other."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def append(self, entries: list[Entry]) -> None:
        await super().append(entries)
        for entry in entries:
            async with self._database.transaction() as tx:
                await _apply(tx, read_event(entry, "evt_0_1_0"))


async def _apply(tx: Transaction, event: Event) -> None:
    environment, user = event.environment, event.user_key
    old = await profiles_store.profile(tx, 0, environment, user)
    new = profiles_decide.decide(old, event, may_write_contacts=True)
    if new is None:
        await profiles_store.delete_profile(tx, 0, environment, user)
    else:
        await profiles_store.save_profiles(tx, 0, environment, [new])
    before = tuple(await tenants_store.load_memberships(tx, 0, environment, (user,)))
    after, _ = tenants_decide.decide(before, event)
    left = [(user, one.tenant_id) for one in before if one not in after]
    await tenants_store.save_memberships(tx, 0, environment, list(after), left)
    subscription = lists_decide.decide(event)
    if subscription:
        await save_subscriptions(tx, 0, environment, [subscription], event.received_at)
    if event.type == CHANGED:
        await _choose(tx, event)


async def _choose(tx: Transaction, event: Event) -> None:
    changed = preferences_decide.read_change(event.body)
    topics = (await load_topics(tx)).get(event.environment, {})
    line = defaults_line(changed.tenant_id, await load_tenants(tx, event.environment, {changed.tenant_id}))
    old = tuple(await preferences_store.load_preferences(tx, 0, event.environment, (event.user_key,)))
    new = preferences_decide.decide(old, event, changed, topics, line).preferences
    await preferences_store.save_preferences(tx, 0, event.environment, [], list(old))
    await preferences_store.save_preferences(tx, 0, event.environment, list(new), [])


class TwoKeys:
    """A key of each environment; the second renders drafts."""

    def source_of_write_key(self, write_key: str) -> Source | None:
        return None

    def source(self, source_id: str) -> Source | None:
        return None

    def api_key(self, key: str) -> ApiKey | None:
        return {
            API_KEY: ApiKey(key_id="key_1", environment="production", name="first"),
            "My API Key": ApiKey(key_id="key_2", environment="test", name="second", renders_drafts=True),
        }.get(key)


class NoMoves:
    """Nothing ever happens, and that is the end."""

    moves = 0

    async def moved_since(self, moves: int) -> bool:
        return moves < 0


class NoConfig:
    """Nothing is configured."""

    automations = Library()

    @property
    def latest(self) -> NoReturn:
        """There is none."""
        raise AssertionError("This test has no configuration.")

    async def refresh(self, database: Database) -> None:
        pass


def api_context(database: Database, commands: NotedCommands, clock: Clock) -> Context:
    """The context of an API under test; who wants calls to leave enters its `outbound`."""
    return Context(
        database=database,
        commands=commands,
        keys=TwoKeys,
        users=dict,
        clock=clock,
        settings=ServerSettings(public_url="http://127.0.0.1:8700"),
        config=NoConfig(),
        seed=lambda: bytes(range(16)),
        obstacle=lambda: "",
        metrics=Metrics(),
        vault=Vault(b"k" * 32),
        outbound=Outbound(allow_private_network=True),
        streams=Streams(NoMoves()),
        noticed=Noticed(clock),
    )
