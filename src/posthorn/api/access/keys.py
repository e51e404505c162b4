"""Keys: made, listed, revoked. The same as the command `posthorn keys`, for the caller's environment."""

from typing import cast

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from posthorn.access.keys import KeyRequest, create_key, list_keys, revoke_key
from posthorn.access.model import Environment, Key, KeyKind
from posthorn.api.caller import OWNERS, GivenCaller
from posthorn.api.context import GivenContext
from posthorn.clock import iso
from posthorn.errors import NotFound


class KeyBody(Struct, frozen=True, kw_only=True):
    """The key that is wanted. source_id: of a write key; the environment's default source if left out.

    renders_drafts: messages sent with this API key use drafts of templates.
    """

    kind: KeyKind
    name: str = ""
    source_id: str = ""
    renders_drafts: bool = False


class KeyAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key: whole only when it is made, later by its last characters (hint). Times are ISO 8601."""

    id: str
    kind: str
    name: str
    hint: str
    created_at: str
    source_id: str = ""
    renders_drafts: bool = False
    revoked_at: str | None = None
    key: str = ""


class Keys(Struct, frozen=True, kw_only=True):
    """Every key of the environment, revoked ones too, oldest first."""

    results: list[KeyAnswer]


@get("/keys")
async def read_keys(context: GivenContext, caller: GivenCaller) -> Keys:
    """The keys of this environment."""
    async with context.database.snapshot() as tx:
        found = [key for key in await list_keys(tx) if key.environment == caller.environment]
    return Keys(results=[_answer(key) for key in found])


@post("/keys", opt=OWNERS)
async def make_key(context: GivenContext, caller: GivenCaller, data: JSONBody[KeyBody]) -> KeyAnswer:
    """Makes a key, which this answer alone shows."""
    wanted = KeyRequest(
        kind=data.kind,
        environment=cast("Environment", caller.environment),
        name=data.name,
        source_id=data.source_id,
        renders_drafts=data.renders_drafts,
    )
    async with context.database.transaction() as tx:
        made = await create_key(tx, wanted, context.clock.now_ms())
    await context.config.refresh(context.database)
    return _answer(made.shown, made.key)


@delete("/keys/{key_id:str}", opt=OWNERS)
async def take_key(key_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Revokes a key for good."""
    async with context.database.transaction() as tx:
        environments = {key.key_id: key.environment for key in await list_keys(tx)}
        if environments.get(key_id) != caller.environment:
            raise NotFound(f"There is no key {key_id}.")
        await revoke_key(tx, key_id, context.clock.now_ms())
    await context.config.refresh(context.database)


def _answer(key: Key, whole: str = "") -> KeyAnswer:
    return KeyAnswer(
        id=key.key_id,
        kind=key.kind,
        name=key.name,
        hint=key.hint,
        created_at=iso(key.created_at),
        source_id=key.source_id,
        renders_drafts=key.renders_drafts,
        revoked_at=None if key.revoked_at is None else iso(key.revoked_at),
        key=whole,
    )


handlers = [read_keys, make_key, take_key]
