"""One call of an endpoint: the request, what its answer means, and when it is tried again. Pure. Source: courier.md 10.10."""

from msgspec import Struct

from posthorn import __version__
from posthorn.events.vocabulary import PRODUCT
from posthorn.outbound import HttpRequest, HttpResponse
from posthorn.secrets import courier_signature
from posthorn.webhooks.model import Endpoint

MOST_ATTEMPTS = 296
_TIMEOUT_MS = 15_000
_WAITS_S = (5, 10, 20, 40, 60, 120, 240, 480, 720)
_LATER_S = 900
_LONGEST_ASKED_S = 3_600
_SHOWN_BODY = 200


class Refusal(Struct, frozen=True, kw_only=True):
    """Why an endpoint did not take it. is_alive: it answers, so others need not wait. retry_after_ms: what it asked for."""

    reason: str
    is_alive: bool
    retry_after_ms: int = 0


def call(endpoint: Endpoint, delivery_id: str, body: bytes, now: int) -> HttpRequest:
    """The request. delivery_id: the same in every attempt, so that the receiver can tell a repetition."""
    return HttpRequest(
        method="POST",
        url=endpoint.url,
        headers={
            "content-type": "application/json",
            "user-agent": f"{PRODUCT}/{__version__}",
            "idempotency-key": delivery_id,
            "courier-signature": courier_signature(endpoint.secret, body, at_ms=now),
        },
        body=body,
        timeout_ms=_TIMEOUT_MS,
    )


def refusal(response: HttpResponse) -> Refusal | None:
    """None if it was taken, which any 2xx says."""
    if 200 <= response.status < 300:
        return None
    said = response.body[:_SHOWN_BODY].decode("utf-8", "replace").strip()
    asked = response.headers.get("retry-after", "")
    return Refusal(
        reason=f"It answered {response.status}" + (f": {said}" if said else "."),
        is_alive=response.status < 500 and response.status not in (408, 429),
        retry_after_ms=min(int(asked), _LONGEST_ASKED_S) * 1_000 if asked.isascii() and asked.isdigit() else 0,
    )


def retry_at(attempt: int, *, now: int, jitter: float, asked_ms: int = 0) -> int:
    """When attempt number `attempt` (first = 1), which has failed, is followed by the next; UTC milliseconds.

    After 5, 10, 20, 40, 60, 120, 240, 480, 720 seconds, then every 15 minutes, ±10 % by `jitter` in [-1, 1].
    """
    wait_s = _WAITS_S[attempt - 1] if attempt <= len(_WAITS_S) else _LATER_S
    return now + max(round(wait_s * 1_000 * (1 + 0.1 * jitter)), asked_ms)
