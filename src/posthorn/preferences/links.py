"""Signed links to the hosted page and to one-click unsubscribing: they say whose choices, and need no login. See decision
0003.
"""

import msgspec
from msgspec import Struct

from posthorn.secrets import Signer, read_signed

UNSUBSCRIBE = "unsubscribe"
PREFERENCES = "preferences"


class Reader(Struct, frozen=True, kw_only=True, array_like=True):
    """What a link says: who follows it, in whose context, and which topic it is about.

    is_address: the reader is no user but an address of his own.
    """

    environment: str
    user_key: str
    topic_id: str = ""
    tenant_id: str = ""
    is_address: bool = False


_decode = msgspec.msgpack.Decoder(Reader).decode


def unsubscribe_url(public_url: str, signer: Signer, reader: Reader) -> str:
    """Where a reader opts out of one topic (RFC 8058)."""
    return f"{public_url.rstrip('/')}/u/{signer.sign(UNSUBSCRIBE, msgspec.msgpack.encode(reader))}"


def preferences_url(public_url: str, signer: Signer, reader: Reader) -> str:
    """Where a reader chooses among all topics."""
    return f"{public_url.rstrip('/')}/p/{signer.sign(PREFERENCES, msgspec.msgpack.encode(reader))}"


def read_link(signer: Signer, purpose: str, token: str) -> Reader | None:
    """What a link of UNSUBSCRIBE or PREFERENCES says; None for any that was not made here."""
    return read_signed(signer, purpose, token, _decode)
