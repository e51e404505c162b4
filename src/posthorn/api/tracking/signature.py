"""Segment's webhook signature: HMAC-SHA1 over the received bytes (segment.md 5.4)."""

import hmac
import json

_BLANK = " \t\r\n"
_DECODER = json.JSONDecoder()


def is_signed(raw: bytes, signature: str, secrets: tuple[str, ...]) -> bool:
    """Whether one of the secrets signed the body: the whole of one event, of an array the first element alone."""
    signed = _signed_part(raw)
    if signed is None:
        return False
    given = signature.strip().lower().encode("utf-8", "replace")
    matches = [hmac.compare_digest(hmac.new(secret.encode(), signed, "sha1").hexdigest().encode(), given) for secret in secrets]
    return any(matches)


def _signed_part(raw: bytes) -> bytes | None:
    try:
        text = raw.decode("utf-8")
        if not text.lstrip(_BLANK).startswith("["):
            return raw
        inside = text.index("[") + 1
        begin = inside + len(text[inside:]) - len(text[inside:].lstrip(_BLANK))
        _, end = _DECODER.raw_decode(text, begin)
        return text[begin:end].encode("utf-8")
    except (ValueError, IndexError, RecursionError):
        return None
