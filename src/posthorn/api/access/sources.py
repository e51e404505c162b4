"""Sources: where events come from, with their settings (segment.md 9)."""

from typing import Literal

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.access.keys import list_keys
from posthorn.access.model import Key, Source, SourceKind
from posthorn.access.sources import create_source, list_sources, update_source
from posthorn.api.caller import OWNERS, Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.inbound_webhooks import webhook_url
from posthorn.errors import NotFound
from posthorn.ids import prefixed_id
from posthorn.secrets import mask
from posthorn.storage.database import Transaction


class SourceBody(Struct, frozen=True, kw_only=True):
    """Settings of a source; what is left out stays, or has its default. Times are milliseconds.

    kind: "web" and "mobile" keys are public and may not overwrite addresses. allowed_origins: of pages; empty allows all.
    rate_per_second, burst: 0 leaves it to the installation's own. max_trigger_age_ms: older events start nothing.
    backfill_mode: nothing starts anything. consent_categories: all of them must be agreed to; enforce_profile_consent: by
    what the profile says where the event says nothing. shared_secrets: they sign calls of Segment's webhook; written, never
    shown; one sent back as it was shown stays.
    """

    name: str | UnsetType = UNSET
    kind: SourceKind | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    allowed_origins: tuple[str, ...] | UnsetType = UNSET
    always_200: bool | UnsetType = UNSET
    rate_per_second: int | UnsetType = UNSET
    burst: int | UnsetType = UNSET
    max_trigger_age_ms: int | UnsetType = UNSET
    backfill_mode: bool | UnsetType = UNSET
    run_on_test_events: bool | UnsetType = UNSET
    suppress_engage_backfill: bool | UnsetType = UNSET
    consent_categories: tuple[str, ...] | UnsetType = UNSET
    enforce_profile_consent: bool | UnsetType = UNSET
    delete_mode: Literal["auto", "review"] | UnsetType = UNSET
    allow_profile_writes: Literal["traits", "contacts"] | UnsetType = UNSET
    allow_unsigned_batch_tail: bool | UnsetType = UNSET
    require_signature_and_key: bool | UnsetType = UNSET
    shared_secrets: tuple[str, ...] | UnsetType = UNSET


class WriteKey(Struct, frozen=True, kw_only=True):
    """A write key of a source, as it may be shown."""

    id: str
    name: str
    hint: str


class SourceAnswer(Struct, frozen=True, kw_only=True):
    """A source. settings: those of the body, secrets masked. write_keys: those that are not revoked.

    webhook_url: where another system reports to a source of the kind "webhook"; "" for the others.
    """

    id: str
    settings: Source
    write_keys: list[WriteKey]
    webhook_url: str


class Sources(Struct, frozen=True, kw_only=True):
    """Every source of the environment, oldest first."""

    results: list[SourceAnswer]


@get("/sources")
async def read_sources(context: GivenContext, caller: GivenCaller) -> Sources:
    """The sources of this environment."""
    async with context.database.snapshot() as tx:
        found = [one for one in await list_sources(tx, context.vault) if one.environment == caller.environment]
        keys = await list_keys(tx)
    return Sources(results=[_answer(one, keys, context) for one in found])


@post("/sources", opt=OWNERS)
async def add_source(context: GivenContext, caller: GivenCaller, data: JSONBody[SourceBody]) -> SourceAnswer:
    """Adds a source; `POST /keys` makes its write key."""
    now = context.clock.now_ms()
    fresh = Source(source_id=prefixed_id("src_", now, context.seed()), environment=caller.environment, name="Source")
    wanted = _changed(fresh, data)
    async with context.database.transaction() as tx:
        await create_source(tx, wanted, context.vault, now)
    await context.config.refresh(context.database)
    return _answer(wanted, [], context)


@get("/sources/{source_id:str}")
async def read_source(source_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> SourceAnswer:
    """One source."""
    async with context.database.snapshot() as tx:
        return _answer(await _find(tx, context, caller, source_id), await list_keys(tx), context)


@put("/sources/{source_id:str}", opt=OWNERS)
async def change_source(
    source_id: FromPath[str], context: GivenContext, caller: GivenCaller, data: JSONBody[SourceBody]
) -> SourceAnswer:
    """Changes the settings that are given."""
    async with context.database.transaction() as tx:
        wanted = _changed(await _find(tx, context, caller, source_id), data)
        await update_source(tx, wanted, context.vault, context.clock.now_ms())
        keys = await list_keys(tx)
    await context.config.refresh(context.database)
    return _answer(wanted, keys, context)


async def _find(tx: Transaction, context: Context, caller: Caller, source_id: str) -> Source:
    for source in await list_sources(tx, context.vault):
        if (source.source_id, source.environment) == (source_id, caller.environment):
            return source
    raise NotFound(f"There is no source {source_id}.")


def _changed(source: Source, change: SourceBody) -> Source:
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if isinstance(change.shared_secrets, tuple):
        stored = {mask(secret): secret for secret in source.shared_secrets}
        given["shared_secrets"] = tuple(stored.get(secret, secret) for secret in change.shared_secrets)
    return msgspec.structs.replace(source, **given)


def _answer(source: Source, keys: list[Key], context: Context) -> SourceAnswer:
    own = [key for key in keys if key.source_id == source.source_id and key.revoked_at is None]
    shown = msgspec.structs.replace(source, shared_secrets=tuple(mask(secret) for secret in source.shared_secrets))
    return SourceAnswer(
        id=source.source_id,
        settings=shown,
        write_keys=[WriteKey(id=key.key_id, name=key.name, hint=key.hint) for key in own],
        webhook_url=webhook_url(context.settings.public_url, context.vault, source),
    )


handlers = [read_sources, add_source, read_source, change_source]
