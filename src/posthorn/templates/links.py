"""Which addresses a message may lead to."""

import re

_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+")
_SCHEME = re.compile(r"([^/?#:]*):")
_DECIDED = re.compile(r"[^:/?#]*[:/?#]")
_FROM_DATA = frozenset({"http", "https", "mailto", "tel", "sms", "cid"})
_NEVER = frozenset({"javascript", "vbscript", "data", "file", "blob"})
_WEB = re.compile(r"https?://[^/]", re.IGNORECASE)


def safe_address(address: str, beginning: str) -> str:
    """The address without blanks and control characters, or "" if it may not be followed.

    `beginning`: what the author wrote before the first variable. Where a variable could decide the scheme, only http,
    https, mailto, tel, sms and cid are let through; where the author wrote it, all but what runs code or reads files.
    """
    cleaned = _CONTROLS.sub(lambda run: "%20" if run[0] == " " else "", address.strip())
    found = _SCHEME.match(cleaned)
    if found is None:
        return cleaned
    scheme = found[1].lower()
    is_authors = _DECIDED.match(beginning.lstrip())
    return cleaned if scheme in _FROM_DATA or (is_authors and scheme not in _NEVER) else ""


def is_web(address: str) -> bool:
    """Whether it is an http or https address, the kind that can be tracked."""
    return bool(_WEB.match(address))
