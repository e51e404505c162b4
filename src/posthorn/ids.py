"""Identifiers: random ones for what comes from outside, derived ones for what must collide with itself when done
twice.
"""

import hashlib
import secrets
import uuid

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def random_bytes(count: int) -> bytes:
    """So many bytes from the operating system's generator."""
    return secrets.token_bytes(count)


def random_uuid() -> str:
    """A random UUID (version 4) in its 36-character form."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def digest(*parts: str) -> bytes:
    """16 bytes that depend on the parts and on where one ends and the next begins."""
    raws = [part.encode("utf-8", "surrogatepass") for part in parts]
    lengths = b"".join([len(raw).to_bytes(4, "big") for raw in raws])
    return hashlib.blake2b(b"".join([lengths, *raws]), digest_size=16).digest()


def request_id(now_ms: int, seed: bytes) -> str:
    """Id of a message, request or run: `1-<8 hex: unix seconds>-<24 hex of the seed>`. Source: courier.md 10.6."""
    return f"1-{now_ms // 1000:08x}-{seed[:12].hex():0<24}"


def prefixed_id(prefix: str, now_ms: int, seed: bytes) -> str:
    """Id of a configured thing: the prefix and 26 base-32 characters, in order of time. Source: courier.md 10.6
    (TypeID).
    """
    number = int.from_bytes((now_ms & (2**48 - 1)).to_bytes(6, "big") + seed[:10].ljust(10, b"\0"), "big")
    return prefix + "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))
