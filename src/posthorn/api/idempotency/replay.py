"""The middleware: answers a repeated POST as the first one was answered."""

from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from posthorn.api.caller import caller_in, keep_caller, with_request_id
from posthorn.api.context import Context, context_in
from posthorn.api.idempotency import store
from posthorn.api.idempotency.expiry import expires_at
from posthorn.api.idempotency.store import KeyRow
from posthorn.api.pages import SECURITY_HEADERS
from posthorn.api.problems import STILL_RUNNING
from posthorn.errors import Conflict, Invalid
from posthorn.ids import digest

_CLAIM_MS = 120_000


def replay_repeats(app: ASGIApp) -> ASGIApp:
    """Around a handler: under an Idempotency-Key it runs once, later requests get its answer.

    Raises Conflict while the first is running, Invalid for a key that is not 1 to 255 characters long. Refusals and
    503 are not kept; the key then still stands for the same request id, so that what was appended already counts once.
    """

    async def replay(scope: Scope, receive: Receive, send: Send) -> None:
        key = _header(scope, b"idempotency-key") if scope.get("method") == "POST" else None
        caller = caller_in(scope)
        if key is None or caller is None:
            await app(scope, receive, send)
            return
        claimed = _Claim(context_in(scope), caller.environment, digest("POST", scope["path"], _checked(key)))
        row = await claimed.take(caller.request_id, _header(scope, b"x-idempotency-expiration") or "")
        if row.status:
            await _repeat(send, row)
            return
        keep_caller(scope, with_request_id(caller, row.request_id))
        answer = _Answer()
        await app(scope, receive, answer.hear)
        await claimed.settle(answer)
        await answer.tell(send)

    return replay


class _Claim:
    """One key while its request runs."""

    def __init__(self, context: Context, environment: str, key_hash: bytes) -> None:
        self._context = context
        self._environment = environment
        self._key_hash = key_hash

    async def take(self, request_id: str, expiration: str) -> KeyRow:
        now_ms = self._context.clock.now_ms()
        fresh = KeyRow(
            request_id=request_id,
            claimed_until=now_ms + _CLAIM_MS,
            expires_at=expires_at(expiration, now_ms),
            status=0,
            content_type="",
            body=b"",
        )
        async with self._context.database.transaction() as tx:
            await store.prune(tx, now_ms)
            row = await store.locked(tx, self._environment, self._key_hash)
            if row is None and await store.insert(tx, self._environment, self._key_hash, fresh):
                return fresh
            if row is None or (row.status == 0 and row.claimed_until > now_ms):
                raise Conflict("A request with this Idempotency-Key is still running.", code=STILL_RUNNING)
            if row.status == 0:
                await store.claim(tx, self._environment, self._key_hash, fresh.claimed_until)
            return row

    async def settle(self, answer: "_Answer") -> None:
        async with self._context.database.transaction() as tx:
            if answer.is_kept:
                await store.answer(tx, self._environment, self._key_hash, answer.status, answer.content_type, answer.body)
            else:
                await store.claim(tx, self._environment, self._key_hash, 0)


class _Answer:
    """What a handler sends, held back until it is stored."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def hear(self, message: Message) -> None:
        self._messages.append(message)

    async def tell(self, send: Send) -> None:
        for message in self._messages:
            await send(message)

    @property
    def status(self) -> int:
        return next(message["status"] for message in self._messages if message["type"] == "http.response.start")

    @property
    def content_type(self) -> str:
        starts = (message for message in self._messages if message["type"] == "http.response.start")
        headers = next(starts)["headers"]
        return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self._messages if message["type"] == "http.response.body")

    @property
    def is_kept(self) -> bool:
        return self.status < 400 or self.status == 500


async def _repeat(send: Send, row: KeyRow) -> None:
    headers = dict(SECURITY_HEADERS)
    if row.status != 204:
        headers["content-length"] = str(len(row.body))
    if row.content_type:
        headers["content-type"] = row.content_type
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": row.status,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": row.body, "more_body": False})


def _header(scope: Scope, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), None)


def _checked(key: str) -> str:
    if not 1 <= len(key) <= 255:
        raise Invalid("Idempotency-Key: 1 to 255 characters")
    return key
