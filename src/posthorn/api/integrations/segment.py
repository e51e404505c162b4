"""Both directions between Segment and us: state and settings of the way back (courier.md 1.8, 2.1)."""

from typing import Literal

import msgspec
from litestar import get, put
from litestar.params import JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.access.keys import list_keys
from posthorn.api.caller import GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.clock import iso
from posthorn.destinations import segment
from posthorn.destinations.check_key import key_exists
from posthorn.destinations.failures import failed_count
from posthorn.destinations.forward import lane
from posthorn.destinations.model import State
from posthorn.destinations.settings import Installed, load_destination, mark_verified, save_destination
from posthorn.errors import Invalid, Unavailable
from posthorn.events.store import catalogue_totals
from posthorn.events.vocabulary import OUTBOUND_EVENTS
from posthorn.outbox.store import pending
from posthorn.secrets import mask
from posthorn.storage.database import Transaction

KeyCheck = Literal["exists", "unknown", "unreachable", "not_asked"]
_KEY = segment.destination.key


class SourceChange(Struct, frozen=True, kw_only=True):
    """What is to change of the way back; what is left out stays. A write key sent back as it was shown stays too."""

    write_key: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    events: dict[str, bool] | UnsetType = UNSET
    include_traits: bool | UnsetType = UNSET
    semantic_email_events: bool | UnsetType = UNSET


class IntegrationBody(Struct, frozen=True, kw_only=True):
    """The settings of the integration."""

    source: SourceChange


class SourceState(Struct, frozen=True, kw_only=True):
    """The way back to Segment. write_key: masked; "" if there is none.

    events: every event and whether it is sent. status: "not_set", "off", "ok", "paused" (Segment refuses the key) or
    "misconfigured" (the endpoint cannot be right); the last two keep all events until the settings are saved again.
    key_check: what Segment said of the key just now, "not_asked" if it was not. verified_at: when it last knew it, ISO 8601.
    """

    write_key: str
    write_key_set: bool
    endpoint: str
    enabled: bool
    events: dict[str, bool]
    include_traits: bool
    semantic_email_events: bool
    status: State | Literal["not_set", "off"]
    status_reason: str
    key_check: KeyCheck
    verified_at: str | None
    pending_count: int
    failed_count: int


class IntegrationState(Struct, frozen=True, kw_only=True):
    """Both directions. enabled: there is a key that Segment can send with. api_key_hint: the end of the newest such key."""

    enabled: bool
    api_key_hint: str
    received_total: int
    last_event_at: str | None
    source: SourceState


@get("/integrations/segment")
async def integration(context: GivenContext, caller: GivenCaller) -> IntegrationState:
    """What has come from Segment, and how the way back to it is set up and doing."""
    async with context.database.snapshot() as tx:
        return await integration_state(tx, context, caller.environment)


@put("/integrations/segment")
async def change_integration(context: GivenContext, caller: GivenCaller, data: JSONBody[IntegrationBody]) -> IntegrationState:
    """Sets up the way back to Segment. Asks Segment about a new key; the settings are saved whatever it says.

    An endpoint that may not be called is refused.
    """
    async with context.database.snapshot() as tx:
        before = await _installed(tx, context, caller.environment)
    wanted = segment.checked(_changed(before.settings if before else segment.Settings(), data.source))
    known_since = _verified_at(before, wanted)
    check: KeyCheck = "not_asked" if known_since or not wanted.enabled else await _ask(context, wanted)
    async with context.database.transaction() as tx:
        now = context.clock.now_ms()
        await save_destination(tx, context.vault, segment.destination, caller.environment, wanted, now)
        verified_at = now if check == "exists" else known_since
        if verified_at is not None:
            await mark_verified(tx, _KEY, caller.environment, seen_at=now, verified_at=verified_at)
        return await integration_state(tx, context, caller.environment, check)


async def _ask(context: Context, settings: segment.Settings) -> KeyCheck:
    try:
        return "exists" if await key_exists(segment.destination, settings, context.outbound) else "unknown"
    except Unavailable:
        return "unreachable"


def _changed(settings: segment.Settings, change: SourceChange) -> segment.Settings:
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if given.get("write_key") == mask(settings.write_key) and settings.write_key:
        del given["write_key"]
    if not given.get("write_key", settings.write_key):
        raise Invalid("source.write_key: Required")
    if isinstance(change.events, dict):
        given["events"] = settings.events | change.events
    return msgspec.structs.replace(settings, **given)


def _verified_at(before: Installed[segment.Settings] | None, wanted: segment.Settings) -> int | None:
    if before is None:
        return None
    old = before.settings
    is_same = (old.write_key, old.endpoint) == (wanted.write_key, wanted.endpoint)
    return before.verified_at if is_same and before.state == "ok" else None


async def _installed(tx: Transaction, context: Context, environment: str) -> Installed[segment.Settings] | None:
    return (await load_destination(tx, context.vault, segment.destination)).get(environment)


async def integration_state(
    tx: Transaction, context: Context, environment: str, check: KeyCheck = "not_asked"
) -> IntegrationState:
    """Both directions as they stand; `check`: what Segment just said of the key."""
    totals = await catalogue_totals(tx, environment)
    keys = [key for key in await list_keys(tx) if key.environment == environment and key.revoked_at is None]
    api_keys = [key for key in keys if key.kind == "api"]
    return IntegrationState(
        enabled=bool(keys),
        api_key_hint=max(api_keys, key=lambda key: key.created_at).hint if api_keys else "",
        received_total=totals.event_count,
        last_event_at=_iso(totals.last_seen),
        source=await _source_state(tx, await _installed(tx, context, environment), environment, check),
    )


async def _source_state(
    tx: Transaction, installed: Installed[segment.Settings] | None, environment: str, check: KeyCheck
) -> SourceState:
    settings = installed.settings if installed else segment.Settings(enabled=False)
    own_lane = lane(_KEY, environment)
    return SourceState(
        write_key=mask(settings.write_key),
        write_key_set=bool(settings.write_key),
        endpoint=settings.endpoint,
        enabled=settings.enabled,
        events={name: settings.events.get(name, True) for name in OUTBOUND_EVENTS},
        include_traits=settings.include_traits,
        semantic_email_events=settings.semantic_email_events,
        status=_status(installed),
        status_reason=installed.state_reason if installed else "",
        key_check=check,
        verified_at=_iso(installed.verified_at if installed else None),
        pending_count=sum(each.pending_count for each in await pending(tx) if each.lane == own_lane),
        failed_count=await failed_count(tx, environment, _KEY),
    )


def _status(installed: Installed[segment.Settings] | None) -> State | Literal["not_set", "off"]:
    if installed is None:
        return "not_set"
    if not installed.settings.enabled:
        return "off"
    return installed.state


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)


handlers = [integration, change_integration]
