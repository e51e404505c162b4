"""Studio's sign-in: a one-time link or a password opens a session, a signed cookie keeps it.

The cookie carries nothing but its expiry, a random part and the user's id, "" for an owner who is in no table; whoever changes
the secret key ends every session.
"""

import base64
import hashlib
from collections import deque

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from posthorn.access import store
from posthorn.errors import Invalid, TooMany
from posthorn.ids import random_bytes
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction

COOKIE = "posthorn_session"
SESSION_MS = 30 * 24 * 3_600_000
LINK_MS = 24 * 3_600_000
_PURPOSE = "studio session"
_MAX_PASSWORD = 1_000
_MAX_COOKIE = 300
# OWASP's smallest recommendation: 19 MiB keeps a small machine small.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new_session(vault: Vault, now: int, user_id: str = "") -> str:
    """Value of a cookie that is good for thirty days."""
    return vault.sign(_PURPOSE, (now + SESSION_MS).to_bytes(8, "big") + random_bytes(16) + user_id.encode())


def session_of(vault: Vault, value: str, now: int) -> tuple[str, int] | None:
    """The user's id and when the session began (UTC milliseconds), of a cookie that `new_session` made and that has not
    expired; None for any other.
    """
    payload = vault.verify(_PURPOSE, value) if len(value) <= _MAX_COOKIE else None
    expires_at = int.from_bytes(payload[:8], "big") if payload else 0
    if payload is None or expires_at <= now:
        return None
    return payload[24:].decode("utf-8", "replace"), expires_at - SESSION_MS


def set_cookie(value: str, *, is_secure: bool) -> str:
    """A Set-Cookie header for a session; `is_secure` if Studio is served over https. An empty value signs out."""
    seconds = SESSION_MS // 1_000 if value else 0
    secure = "; Secure" if is_secure else ""
    return f"{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


async def new_link_token(tx: Transaction, now: int, user_id: str = "") -> str:
    """A token that signs a user in once, within a day; "" for an owner who is in no table."""
    await store.prune_links(tx, now)
    token = base64.urlsafe_b64encode(random_bytes(24)).decode()
    await store.add_link(tx, _link_hash(token), now + LINK_MS, user_id)
    return token


async def studio_link(tx: Transaction, public_url: str, now: int) -> str:
    """Studio's address with such a token. public_url: of the server, without a slash at the end."""
    return f"{public_url}/studio/?link={await new_link_token(tx, now)}"


async def use_link_token(tx: Transaction, token: str, now: int) -> str | None:
    """Uses a token up: whom it signs in; None if it is unknown, was used, or has expired."""
    return await store.take_link(tx, _link_hash(token), now)


async def ensure_password(tx: Transaction, password: str, now: int) -> None:
    """Makes Studio's password this one. Raises Invalid for an empty or endless one."""
    if not 1 <= len(password) <= _MAX_PASSWORD:
        raise Invalid(f"Studio's password is 1 to {_MAX_PASSWORD} characters.")
    stored = await store.password_hash(tx)
    if stored is None or not _matches(stored, password):
        await store.set_password_hash(tx, _hasher.hash(password), now)


async def stored_password(tx: Transaction) -> str | None:
    """The password's hash, for `password_is_right`; None if Studio has no password."""
    return await store.password_hash(tx)


async def password_is_right(stored: str | None, password: str, limiter: anyio.CapacityLimiter) -> bool:
    """Whether it is Studio's password. Takes tens of milliseconds in a thread: never call it inside a transaction."""
    if stored is None or len(password) > _MAX_PASSWORD:
        return False
    return await anyio.to_thread.run_sync(_matches, stored, password, limiter=limiter)


async def hashed_password(password: str, limiter: anyio.CapacityLimiter) -> str:
    """What is kept of a password. Takes tens of milliseconds in a thread: never call it inside a transaction."""
    return await anyio.to_thread.run_sync(_hasher.hash, password, limiter=limiter)


class SignInLimit:
    """At most ten failed sign-ins a minute, whoever tries: guessing a password gets nowhere."""

    def __init__(self, failures: int = 10, window_ms: int = 60_000) -> None:
        self._failures = failures
        self._window_ms = window_ms
        self._failed_at: deque[int] = deque()

    def check(self, now: int) -> None:
        """Raises TooMany while there were too many failures."""
        while self._failed_at and self._failed_at[0] <= now - self._window_ms:
            self._failed_at.popleft()
        if len(self._failed_at) >= self._failures:
            wait = self._failed_at[0] + self._window_ms - now
            raise TooMany("Too many failed sign-ins; wait a minute.", retry_after_ms=wait)

    def failed(self, now: int) -> None:
        """Counts one failure."""
        self._failed_at.append(now)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _link_hash(token: str) -> bytes:
    raw = token.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=32, person=b"posthorn-link").digest()
