"""Carries out "fetch" commands: a run's request to somebody else's server, whose JSON answer comes back as an event."""

from typing import Any

from msgspec import DecodeError, Struct, json

from posthorn.automations.model import MODEL_URL, FetchAsked
from posthorn.clock import Clock
from posthorn.engine.ask_model import NOT_SET, ModelSettings, model_request, read_completion
from posthorn.engine.carrier import Called, Job, Settlement
from posthorn.engine.fetching import answer_entry
from posthorn.errors import DeliveryFailure
from posthorn.outbound import HttpRequest, HttpResponse, Outbound
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Transaction

MOST_BYTES = 1_000_000
MOST_ATTEMPTS = 3
_PAUSE_MS = 2_000

_asked = json.Decoder(FetchAsked).decode


class Fetch:
    """The carrier of requests. Only https may be called, unless private networks are allowed."""

    commands_per_call = 1

    def __init__(self, outbound: Outbound, clock: Clock, model: ModelSettings, *, allows_http: bool) -> None:
        self._model = model
        self._outbound = outbound
        self._clock = clock
        self._allows_http = allows_http

    def concurrency(self, lane: str) -> int:
        """Some at once."""
        return 32

    def is_open(self, lane: str) -> bool:
        """Always: a server that fails is answered for at once, and the run decides."""
        return True

    async def prepare(self, tx: Transaction, claimed: list[Claimed], now: int) -> list[Job]:
        """One call each; the command holds all it needs."""
        return [_Call(self, one) for one in claimed]

    async def carry_out(self, claimed: Claimed) -> Called:
        """Makes the request; what nobody has taken is tried three times within seconds."""
        asked = _asked(claimed.body)
        now = self._clock.now_ms()
        if now >= claimed.expires_at:
            return self._answered(asked, claimed, None, "The request was not made in time.")
        is_for_model = asked.url == MODEL_URL
        if is_for_model and not self._model.url:
            return self._answered(asked, claimed, None, NOT_SET)
        if not self._allows_http and not is_for_model and not asked.url.startswith("https://"):
            return self._answered(asked, claimed, None, "Only https addresses may be called.")
        try:
            request = model_request(asked, self._model) if is_for_model else _request(asked)
            response = await self._outbound.request(request)
        except DeliveryFailure as error:
            return self._answered(asked, claimed, None, error.message)
        if response.status in (429, 502, 503, 504) and claimed.attempt < MOST_ATTEMPTS:
            again = Settlement(claimed=claimed, retry_at=now + _PAUSE_MS * claimed.attempt, error=f"Answered {response.status}")
            return Called(settlements=(again,), is_well=True)
        value, error = read_completion(response) if is_for_model else read_answer(response)
        return self._answered(asked, claimed, value, error)

    def _answered(self, asked: FetchAsked, claimed: Claimed, value: Any, error: str) -> Called:
        entry = answer_entry(asked, claimed, value, error, self._clock.now_ms())
        return Called(settlements=(Settlement(claimed=claimed, entries=(entry,)),), is_well=True)


def read_answer(response: HttpResponse) -> tuple[dict[str, Any] | None, str]:
    """`{status, body}` of an answer that can be used and "", else what is wrong with it in a sentence."""
    if response.is_cut:
        return None, f"The answer is longer than {MOST_BYTES // 1_000_000} MB, or broke off."
    if not 200 <= response.status < 300:
        return {"status": response.status}, f"The server answered {response.status}."
    if not response.body.strip():
        return {"status": response.status, "body": {}}, ""
    try:
        return {"status": response.status, "body": json.decode(response.body)}, ""
    except (DecodeError, UnicodeDecodeError, RecursionError):
        kind = response.headers.get("content-type", "no content type").partition(";")[0]
        return {"status": response.status}, f"The answer is not JSON, but {kind[:80]}."


def _request(asked: FetchAsked) -> HttpRequest:
    return HttpRequest(
        method=asked.method,
        url=asked.url,
        headers={"Accept": "application/json", "Idempotency-Key": asked.key, **asked.headers},
        body=asked.body.encode(),
        timeout_ms=asked.timeout_ms,
    )


class _Call(Struct, frozen=True):
    """A request to be made."""

    carrier: Fetch
    claimed: Claimed

    async def call(self) -> Called:
        """Makes it."""
        return await self.carrier.carry_out(self.claimed)
