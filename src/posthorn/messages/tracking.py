"""Tracked opens and clicks: signed tokens that carry all they need, so that no table is asked. See decision 0003."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from posthorn.secrets import Signer, read_signed

OPEN = "open"
CLICK = "click"

_TRACKED_SCHEMES = frozenset({"http", "https"})

_SCANNERS = (
    "barracuda",
    "proofpoint",
    "mimecast",
    "safelinks",
    "urlscan",
    "trendmicro",
    "symantec",
    "messagelabs",
    "fireeye",
    "forcepoint",
    "sophos",
    "zscaler",
    "ironport",
    "cisco-",
    "bitdefender",
    "cloudmark",
    "avanan",
    "slackbot",
    "skypeuripreview",
    "whatsapp",
    "telegrambot",
    "facebookexternalhit",
    "twitterbot",
    "discordbot",
    "linkedinbot",
)
"""Parts of the user agents of mail security scanners and link previews, lower case."""

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent GIF of one by one pixel."""


class Tracked(Struct, frozen=True, kw_only=True, array_like=True):
    """What a token says. link: the address a click leads to, "" for an open."""

    environment: str
    user_key: str
    message_id: str
    channel: str
    link: str = ""


_decode = msgspec.msgpack.Decoder(Tracked).decode


def open_url(public_url: str, signer: Signer, tracked: Tracked) -> str:
    """Address of the pixel whose loading counts as an open."""
    return f"{public_url.rstrip('/')}/t/o/{_token(signer, OPEN, tracked)}.gif"


def click_url(public_url: str, signer: Signer, tracked: Tracked) -> str:
    """Address that counts a click and leads on to `tracked.link`."""
    return f"{public_url.rstrip('/')}/t/c/{_token(signer, CLICK, tracked)}"


def read_token(signer: Signer, purpose: str, token: str) -> Tracked | None:
    """What a token of OPEN or CLICK says; None for any that was not made here."""
    return read_signed(signer, purpose, token, _decode)


def can_track(href: str) -> bool:
    """Whether an address can lead through us: only absolute web addresses can; a mailto stays what it is."""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in _TRACKED_SCHEMES and bool(parts.netloc)


def with_utm(href: str, utm: dict[str, str]) -> str:
    """The address with `utm_source` and so on added; what it has already stays. Source: courier.md 6.2, 6.12."""
    if not utm or not can_track(href):
        return href
    parts = urlsplit(href.strip())
    present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = {f"utm_{name}": value for name, value in utm.items() if f"utm_{name}" not in present}
    if not added:
        return href
    query = "&".join(part for part in (parts.query, urlencode(added)) if part)
    return urlunsplit(parts._replace(query=query))


def is_scanner(user_agent: str) -> bool:
    """Whether a caller is a known mail scanner or link previewer, whose visit is nobody's open or click."""
    lowered = user_agent.lower()
    return any(word in lowered for word in _SCANNERS)


def _token(signer: Signer, purpose: str, tracked: Tracked) -> str:
    return signer.sign(purpose, msgspec.msgpack.encode(tracked))
