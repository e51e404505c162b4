"""Webhook endpoints: who is told what happens here (courier.md 10.10, which has no routes for it: these are ours)."""

from typing import Literal

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.clock import iso
from posthorn.destinations.failures import drop_failures, failed_count
from posthorn.errors import Conflict, Invalid, NotFound, NotSent, Permanent
from posthorn.ids import prefixed_id
from posthorn.outbound import checked_url
from posthorn.outbox.store import lane_count
from posthorn.secrets import mask
from posthorn.storage.database import Transaction
from posthorn.webhooks.endpoints import (
    MOST_ENDPOINTS,
    checked,
    load_endpoints,
    remove_endpoint,
    save_endpoint,
)
from posthorn.webhooks.model import Endpoint

_HTTP_PORTS = {"http": 80, "https": 443}


class EndpointBody(Struct, frozen=True, kw_only=True):
    """What is to be of an endpoint; what is left out stays, or has its default.

    events: the events it is told of, none for all. secret: for the signature; made here if there is none, and one sent back as
    it was shown stays. enabled: true also puts an endpoint back to work that was disabled.
    """

    url: str | UnsetType = UNSET
    events: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    secret: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class EndpointAnswer(Struct, frozen=True, kw_only=True):
    """An endpoint. secret: whole in the answer that made it, else its last four characters. Times are ISO 8601.

    status: "ok", "failing" (calls fail, and are tried again), "disabled" (they failed for three days) or "off".
    failing_since: the first call that failed since one went well. waiting: what it has not been told yet; failed: what it was
    not told in three days.
    """

    id: str
    url: str
    events: tuple[str, ...]
    description: str
    secret: str
    enabled: bool
    status: Literal["ok", "failing", "disabled", "off"]
    status_reason: str
    failing_since: str | None
    waiting: int
    failed: int
    created: str
    updated: str


class EndpointList(Struct, frozen=True, kw_only=True):
    """Every endpoint of the environment, oldest first."""

    results: list[EndpointAnswer]


@get("/integrations/webhooks")
async def list_webhooks(context: GivenContext, caller: GivenCaller) -> EndpointList:
    """The webhook endpoints and how they are doing."""
    async with context.database.snapshot() as tx:
        found = (await load_endpoints(tx, context.vault)).of(caller.environment)
        return EndpointList(results=[await _answer(tx, one) for one in found])


@post("/integrations/webhooks")
async def create_webhook(context: GivenContext, caller: GivenCaller, data: JSONBody[EndpointBody]) -> EndpointAnswer:
    """Adds an endpoint. Its secret is shown in this answer only."""
    if not isinstance(data.url, str):
        raise Invalid("url: Required")
    now = context.clock.now_ms()
    fresh = Endpoint(
        environment=caller.environment,
        endpoint_id=prefixed_id("whe_", now, context.seed()),
        url=data.url,
        secret=f"whsec_{context.seed().hex()}",
        created_at=now,
        updated_at=now,
    )
    wanted = checked(_changed(fresh, data, now))
    await _check_address(wanted.url, context)
    async with context.database.transaction() as tx:
        if len((await load_endpoints(tx, context.vault)).of(caller.environment)) >= MOST_ENDPOINTS:
            raise Conflict(f"There are {MOST_ENDPOINTS} webhook endpoints already; remove one first.")
        await save_endpoint(tx, context.vault, wanted, now)
        answer = await _answer(tx, wanted)
    await context.config.refresh(context.database)
    return msgspec.structs.replace(answer, secret=wanted.secret)


@get("/integrations/webhooks/{endpoint_id:str}")
async def read_webhook(endpoint_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> EndpointAnswer:
    """One endpoint."""
    async with context.database.snapshot() as tx:
        return await _answer(tx, await find_endpoint(tx, context, caller, endpoint_id))


@put("/integrations/webhooks/{endpoint_id:str}")
async def change_webhook(
    endpoint_id: FromPath[str], context: GivenContext, caller: GivenCaller, data: JSONBody[EndpointBody]
) -> EndpointAnswer:
    """Changes what is given. What waits for the endpoint is tried at once."""
    if isinstance(data.url, str):
        await _check_address(data.url, context)
    async with context.database.transaction() as tx:
        now = context.clock.now_ms()
        wanted = checked(_changed(await find_endpoint(tx, context, caller, endpoint_id), data, now))
        await save_endpoint(tx, context.vault, wanted, now)
        answer = await _answer(tx, wanted)
    await context.config.refresh(context.database)
    return answer


@delete("/integrations/webhooks/{endpoint_id:str}")
async def delete_webhook(endpoint_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes an endpoint, with everything it has not been told yet."""
    async with context.database.transaction() as tx:
        found = await find_endpoint(tx, context, caller, endpoint_id)
        await remove_endpoint(tx, found)
        await drop_failures(tx, caller.environment, endpoint_id)
    await context.config.refresh(context.database)


async def find_endpoint(tx: Transaction, context: Context, caller: Caller, endpoint_id: str) -> Endpoint:
    """The endpoint of that id in the caller's environment. Raises NotFound."""
    for one in (await load_endpoints(tx, context.vault)).of(caller.environment):
        if one.endpoint_id == endpoint_id:
            return one
    raise NotFound(f"There is no webhook endpoint {endpoint_id}.")


def _changed(endpoint: Endpoint, change: EndpointBody, now: int) -> Endpoint:
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if given.get("secret") in ("", mask(endpoint.secret)):
        del given["secret"]
    is_enabled = given.pop("enabled", None)
    changed = msgspec.structs.replace(endpoint, **given, updated_at=now)
    if is_enabled is None:
        return changed
    return msgspec.structs.replace(
        changed, state="ok" if is_enabled else "off", state_reason="", failing_since=None, last_error=""
    )


async def _check_address(url: str, context: Context) -> None:
    """Refuses an address that could never be called, and our own, which would go round for ever."""
    try:
        parsed = checked_url(url)
        own = checked_url(context.settings.public_url)
        if (parsed.host, parsed.port) == (own.host, own.port):
            raise Invalid("url: this is the address of Posthorn itself")
        await context.outbound.check_host(parsed.host or "", parsed.port or _HTTP_PORTS[parsed.scheme])
    except NotSent:
        return  # a name that nobody knows yet may be known when there is something to tell
    except Permanent as error:
        raise Invalid(f"url: {error.message}") from error


async def _answer(tx: Transaction, endpoint: Endpoint) -> EndpointAnswer:
    is_failing = endpoint.state == "ok" and endpoint.failing_since is not None
    return EndpointAnswer(
        id=endpoint.endpoint_id,
        url=endpoint.url,
        events=endpoint.events,
        description=endpoint.description,
        secret=mask(endpoint.secret),
        enabled=endpoint.state == "ok",
        status="failing" if is_failing else endpoint.state,
        status_reason=endpoint.last_error if is_failing else endpoint.state_reason,
        failing_since=iso(endpoint.failing_since) if endpoint.failing_since is not None else None,
        waiting=await lane_count(tx, endpoint.lane),
        failed=await failed_count(tx, endpoint.environment, endpoint.endpoint_id),
        created=iso(endpoint.created_at),
        updated=iso(endpoint.updated_at),
    )


handlers = [list_webhooks, create_webhook, read_webhook, change_webhook, delete_webhook]
