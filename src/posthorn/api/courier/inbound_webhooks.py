"""Webhooks of other systems: each source of the kind "webhook" has an address of its own (courier.md 1.12)."""

from typing import Any

from litestar import post
from litestar.params import FromPath
from msgspec import DecodeError, Struct, json

from posthorn.access.model import Source
from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.context import Context, GivenContext
from posthorn.api.signed_ids import read_signed_id, sign_id
from posthorn.errors import Invalid, NotFound
from posthorn.events.model import Entry
from posthorn.ids import digest, request_id
from posthorn.secrets import Vault

_PURPOSE = "inbound-webhook"
_DEFAULT_EVENT = "Custom"
_MOST = 1_000
_LONGEST_NAME = 200


class Taken(Struct, frozen=True, kw_only=True, rename="camel"):
    """The id of the first event that was made of it."""

    message_id: str


def webhook_url(public_url: str, vault: Vault, source: Source) -> str:
    """The address of a source; "" if it is of another kind."""
    if source.kind != "webhook":
        return ""
    return f"{public_url}/inbound/webhook/{sign_id(vault, _PURPOSE, source.environment, source.source_id)}"


@post("/inbound/webhook/{token:str}", status_code=202, opt=PUBLIC)
async def take_webhook(token: FromPath[str], request: ApiRequest, context: GivenContext) -> Taken:
    """Takes whatever the other system says: an object is an event, a list one for each element, anything else a text.

    The address is the `webhook_url` of the source. `event` and `userId` are read from an object.
    """
    source = _source(token, context)
    payloads = _payloads(await request.body())
    seed, now = context.seed(), context.clock.now_ms()
    ids = [request_id(now, digest(seed.hex(), str(number))) for number in range(len(payloads))]
    await context.commands.append([_entry(source, one, known, now) for one, known in zip(payloads, ids, strict=True)])
    return Taken(message_id=ids[0] if ids else request_id(now, seed))


def _source(token: str, context: Context) -> Source:
    environment, source_id = read_signed_id(context.vault, _PURPOSE, token)
    source = context.keys().source(source_id)
    if source is None or source.environment != environment or source.kind != "webhook" or not source.enabled:
        raise NotFound("Not Found")
    return source


def _payloads(raw: bytes) -> list[dict[str, Any]]:
    try:
        found = json.decode(raw)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return [{"raw": raw.decode("utf-8", "replace").replace("\0", "")}]
    elements = found if isinstance(found, list) else [found]
    if len(elements) > _MOST:
        raise Invalid(f"At most {_MOST} elements at a time.")
    return [one if isinstance(one, dict) else {"raw": one} for one in elements]


def _entry(source: Source, payload: dict[str, Any], message_id: str, now: int) -> Entry:
    name, user_id = payload.get("event"), payload.get("userId")
    event = name if isinstance(name, str) and name else _DEFAULT_EVENT
    user = str(user_id) if isinstance(user_id, str | int) and str(user_id) else ""
    body = {"type": "track", "event": f"{source.name}/{event[:_LONGEST_NAME]}", "properties": payload}
    return Entry(
        environment=source.environment,
        source_id=source.source_id,
        origin="webhook",
        type="track",
        user_key=user or f"event:{message_id}",
        message_id=message_id,
        received_at=now,
        body=json.encode(body | ({"userId": user} if user else {})),
    )


handlers = [take_webhook]
