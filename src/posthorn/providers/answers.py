"""What a vendor's HTTP answer means when it is not a success: the same for every vendor (courier.md 6.5)."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from posthorn.outbound import HttpResponse
from posthorn.providers.model import Deferred, Rejected

_AGAIN = (408, 429)
_EXCERPT = 300


def refusal(response: HttpResponse, *, now_ms: int) -> Deferred | Rejected:
    """408, 429 and 5xx: not now, after the answer's Retry-After. Anything else: this provider will not take it."""
    excerpt = " ".join(response.body[:_EXCERPT].decode("utf-8", "replace").split())
    reason = f"HTTP {response.status} {excerpt}".strip()
    if response.status in _AGAIN or response.status >= 500:
        return Deferred(reason=reason, retry_after_ms=retry_after_ms(response.headers, now_ms=now_ms))
    return Rejected(reason=reason, code=str(response.status))


def retry_after_ms(headers: Mapping[str, str], *, now_ms: int) -> int | None:
    """Milliseconds from a Retry-After in seconds or as a date (RFC 9110 10.2.3); None for none that can be read."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return int(value[:9]) * 1_000
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0, int(moment.timestamp() * 1_000) - now_ms)
