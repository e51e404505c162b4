"""Mail as bytes: what every e-mail provider sends or keeps."""

import re
from base64 import encodebytes
from collections.abc import Mapping
from datetime import UTC, datetime
from email.header import Header
from email.policy import Compat32
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from html import unescape
from typing import Any

import nh3
from msgspec import Struct

from posthorn.errors import Permanent
from posthorn.ids import digest
from posthorn.providers.model import Outgoing

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_RESERVED = frozenset(
    ("from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "mime-version", "return-path", "received")
)
_LONGEST_LINE = 900
_LONGEST_TRIED = 1_000
"""No address is longer than 318 characters; what is much longer is not even looked at."""
_LONGEST_HEADER = 2_000
_SHORT_HEADER = 74


class _ShortLines(Compat32):
    """Writes a short header as it is; folding it would find nothing to fold, and costs more than all the rest of a mail.

    A long word, such as the address in List-Unsubscribe, stays on the line of its name: not every reader looks further.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header's bytes."""
        if not value.isascii():
            return super().fold_binary(name, value)
        if len(name) + len(value) <= _SHORT_HEADER:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        words = value.split(" ")
        if "" in words or max(map(len, words)) > _LONGEST_LINE:
            return super().fold_binary(name, value)
        return f"{name}: {_folded(words, len(name) + 2, self.linesep)}{self.linesep}".encode("ascii")


def _folded(words: list[str], used: int, linesep: str) -> str:
    """The words with a line ended before each that would make it too long; `used`: characters of the first line."""
    parts = [words[0]]
    used += len(words[0])
    for word in words[1:]:
        is_too_long = used + 1 + len(word) > _SHORT_HEADER
        parts.append(f"{linesep} {word}" if is_too_long else f" {word}")
        used = len(word) + 1 + (0 if is_too_long else used)
    return "".join(parts)


class Mail(Struct, frozen=True, kw_only=True):
    """A mail and its envelope: sender and recipient are plain ASCII addresses."""

    sender: str
    recipient: str
    message_id: str
    subject: str
    text: str
    html: str
    raw: bytes


_POLICY = _ShortLines()


def plain_address(text: Any) -> str | None:
    """The address alone, its domain in ASCII; None if it is not a mail address. Local parts must be ASCII."""
    return _plain(text.strip()) if isinstance(text, str) and len(text) <= _LONGEST_TRIED else None


@lru_cache(maxsize=1024)  # a message asks several times for the same two: has it one, of whom, to whom
def _plain(text: str) -> str | None:
    local, at, domain = text.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    is_address = at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) and len(domain) <= 253
    return f"{local}@{domain}" if is_address else None


def has_email(to: Mapping[str, Any]) -> bool:
    """Whether a profile has a usable mail address."""
    return plain_address(to.get("email")) is not None


def mail(outgoing: Outgoing, *, from_address: str, from_name: str) -> Mail:
    """The message as a mail: text and HTML, or text alone. The same each time it is asked for.

    `override.body` may replace subject, text, html, from and reply_to; `override.headers` adds. Control characters
    in what becomes a header turn into spaces. Raises Permanent without a usable recipient or sender.
    """
    body: dict[str, Any] = _object(outgoing.override.get("body"))
    name, sender = _sender(body.get("from"), from_name, from_address)
    recipient = plain_address(outgoing.to.get("email"))
    if recipient is None:
        raise Permanent("The recipient has no usable e-mail address.")
    subject, html = _text(body, "subject", outgoing.subject), _text(body, "html", outgoing.html)
    text = _text(body, "text", outgoing.text) or plain_text(html)
    message_id = f"<{_NOT_IN_ID.sub('_', f'{outgoing.message_id}.{outgoing.channel}')}@{sender.rpartition('@')[2]}>"
    headers = {
        "From": _from(name, sender),
        "To": recipient,
        "Subject": _header(subject),
        "Date": _date(outgoing.routed_at // 1000),
        "Message-ID": message_id,
    }
    if reply_to := plain_address(body.get("reply_to")):
        headers["Reply-To"] = reply_to
    headers |= _further_headers(outgoing.headers | _object(outgoing.override.get("headers")), taken=headers)
    return Mail(
        sender=sender,
        recipient=recipient,
        message_id=message_id,
        subject=_one_line(subject),
        text=text,
        html=html,
        raw=_raw(headers, text, html, boundary=f"=_{digest(outgoing.message_id, text, html).hex()[:24]}"),
    )


def plain_text(html: str) -> str:
    """What is left of HTML without its tags."""
    return unescape(nh3.clean(html, tags=set())).strip()


def _raw(headers: Mapping[str, str], text: str, html: str, boundary: str) -> bytes:
    """The mail, its lines ended by a line feed. Source: decision 0008."""
    head = b"".join([_POLICY.fold_binary(name, value) for name, value in headers.items()]) + b"MIME-Version: 1.0\n"
    if not html:
        return head + _part(text, b"plain")
    # The boundary is derived, so that a mail built twice is the same mail; from the text too, so that no text can hold it.
    edge = b"--" + boundary.encode()
    kind = b'Content-Type: multipart/alternative; boundary="' + boundary.encode() + b'"\n'
    return b"\n".join([head + kind, edge, _part(text, b"plain"), edge, _part(html, b"html"), edge + b"--\n"])


def _part(text: str, subtype: bytes) -> bytes:
    body = _valid(text).replace("\r\n", "\n").replace("\r", "\n")
    kind = b"Content-Type: text/" + subtype
    if body.isascii() and "\0" not in body and max(map(len, body.split("\n"))) <= _LONGEST_LINE:
        return kind + b'; charset="us-ascii"\nContent-Transfer-Encoding: 7bit\n\n' + body.encode("ascii")
    return kind + b'; charset="utf-8"\nContent-Transfer-Encoding: base64\n\n' + encodebytes(body.encode())


@lru_cache(maxsize=64)  # mails are sent in the order in which they were routed
def _date(at_s: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_s, UTC))


def _sender(override: Any, from_name: str, from_address: str) -> tuple[str, str]:
    name, address = parseaddr(override) if isinstance(override, str) else ("", "")
    sender = plain_address(address or from_address)
    if sender is None:
        raise Permanent("The sender is not a usable e-mail address.")
    return _one_line(name or from_name), sender


def _from(name: str, sender: str) -> str:
    if name.isascii():
        return formataddr((name, sender))
    return f"{_encoded(name)} <{sender}>"


def _further_headers(wanted: Mapping[str, Any], *, taken: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in wanted.items():
        is_free = _NAME.fullmatch(name) and name.lower() not in _RESERVED and not name.lower().startswith("content-")
        if is_free and name.lower() not in {other.lower() for other in (*taken, *found)}:
            found[name] = _header(str(value))
    return found


def _header(text: str) -> str:
    line = _one_line(text)
    return line if line.isascii() else _encoded(line)


def _encoded(line: str) -> str:
    # One line of encoded words; whoever writes the mail folds it between them.
    return Header(line, "utf-8").encode(linesep="")


def _one_line(text: str) -> str:
    return _valid(_CONTROL.sub(" ", text)).strip()[:_LONGEST_HEADER]


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _text(body: Mapping[str, Any], key: str, otherwise: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else otherwise


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
