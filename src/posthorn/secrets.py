"""Keeps secrets: encryption of what is stored, masks for what is shown, signatures for what comes back from outside."""

import hmac
import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import MsgspecError

from posthorn.errors import Invalid
from posthorn.ids import random_bytes

MASK = "********"
_KEY_BYTES = 32
_SHORTEST_KEY = 16
_MAC_BYTES = 16
_SEAL = "seal"


Read = TypeVar("Read")


class Signer(Protocol):
    """Signs and verifies; `Vault` is one."""

    def sign(self, purpose: str, payload: bytes) -> str:
        """A token with the payload in it, safe in a URL."""
        ...

    def verify(self, purpose: str, token: str) -> bytes | None:
        """The payload, or None for a token that was not signed here for this purpose."""
        ...


class Vault:
    """Seals, opens, signs and verifies with one secret key; older keys still open and verify.

    A key is anything of at least 16 bytes; what is used is derived from it with HKDF-SHA256, apart for each purpose.
    """

    def __init__(self, key: bytes, *older_keys: bytes) -> None:
        for each in (key, *older_keys):
            if len(each) < _SHORTEST_KEY:
                raise Invalid(f"The secret key must have at least {_SHORTEST_KEY} bytes.")
        self._keys = (key, *older_keys)
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(_derive(each, _SEAL))) for each in self._keys])
        self._signing_keys: dict[str, list[bytes]] = {}

    def seal(self, text: str) -> str:
        """The text encrypted and authenticated (Fernet); ASCII, different each time."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text that was sealed with one of the keys. Raises Invalid if none of them fits or it was changed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            raise Invalid(
                "A stored secret cannot be opened: the secret key is not the one it was sealed with.",
                code="wrong_secret_key",
            ) from None

    def sign(self, purpose: str, payload: bytes) -> str:
        """A token that holds the payload, readable, and 16 bytes of HMAC-SHA256 over it; base64url without padding.

        A token of one purpose is worth nothing for another.
        """
        mac = _mac(self._for_signing(purpose)[0], payload)
        return urlsafe_b64encode(mac + payload).rstrip(b"=").decode("ascii")

    def verify(self, purpose: str, token: str) -> bytes | None:
        """The payload of a token signed for this purpose with one of the keys; None for anything else."""
        raw = _unbase64(token)
        if raw is None or len(raw) < _MAC_BYTES:
            return None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        fits = [hmac.compare_digest(mac, _mac(key, payload)) for key in self._for_signing(purpose)]
        return payload if any(fits) else None

    def _for_signing(self, purpose: str) -> list[bytes]:
        keys = self._signing_keys.get(purpose)
        if keys is None:
            keys = self._signing_keys[purpose] = [_derive(each, "sign:" + purpose) for each in self._keys]
        return keys


def read_signed(signer: Signer, purpose: str, token: str, decode: Callable[[bytes], Read]) -> Read | None:
    """What a token of this purpose says, read by a msgspec decoder; None for any other."""
    payload = signer.verify(purpose, token)
    if payload is None:
        return None
    try:
        return decode(payload)
    except MsgspecError:
        return None


def mask(secret: str) -> str:
    """Eight asterisks and the last 4 characters, if it has more than 8; "" stays "". Source: courier.md 9.3."""
    if not secret:
        return ""
    return MASK + secret[-4:] if len(secret) > len(MASK) else MASK


def courier_signature(secret: str, body: bytes, *, at_ms: int) -> str:
    """`t=<epoch ms>,signature=<hex of HMAC-SHA256 over "<t>.<body>">`. Source: courier.md 10.10."""
    signed = hmac.digest(secret.encode(), b"%d.%s" % (at_ms, body), "sha256")
    return f"t={at_ms},signature={signed.hex()}"


def load_or_create_key(path: Path) -> bytes:
    """The key in the file; made at random if there is none: 32 bytes as base64url text, mode 0600, on disk at return.

    Of several processes that start at once, one makes the key and all return it.
    Raises Invalid for a file that holds too little, OSError where the folder cannot be written.
    """
    try:
        return _read_key(path)
    except FileNotFoundError:
        _create_key(path)
        return _read_key(path)


def _read_key(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < _SHORTEST_KEY:
        raise Invalid(f"{path} holds no usable secret key: at least {_SHORTEST_KEY} bytes are needed.")
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(urlsafe_b64encode(random_bytes(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _link(draft, path)
    finally:
        os.unlink(draft)


def _link(draft: str, path: Path) -> None:
    try:
        os.link(draft, path)  # unlike a rename, it never replaces a key that another process has just made
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"posthorn:" + purpose.encode()).derive(key)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")[:_MAC_BYTES]


def _unbase64(token: str) -> bytes | None:
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        raw = urlsafe_b64decode(padded)
    except ValueError:
        return None
    return raw if urlsafe_b64encode(raw) == padded else None
