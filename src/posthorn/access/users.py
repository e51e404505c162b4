"""Who may use Studio: owners, editors, viewers. An owner invites; the invited signs in by a link and chooses a password."""

import re
from typing import get_args

import anyio
from msgspec.structs import replace

from posthorn.access import user_store
from posthorn.access.model import Role, StudioUser
from posthorn.access.sessions import hashed_password, new_link_token, password_is_right
from posthorn.errors import Conflict, Invalid, NotFound, Unauthenticated
from posthorn.ids import random_bytes
from posthorn.storage.database import Database, Transaction
from posthorn.storage.revision import touch

SHORTEST_PASSWORD = 10
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
_LONGEST_NAME = 100
_WRONG = "That is not the address and password of anybody here."
# The hash of what nobody is let in with: an unknown address takes as long as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$6zxZ1kJrzwA8BLcU85Wrog$XcbYQS8m9Xe6f0g309LHZR/JbAgDUF8x1cO+/vf2DfY"


async def list_users(tx: Transaction) -> list[StudioUser]:
    """Everybody, by e-mail address."""
    return await user_store.users(tx)


async def invite(tx: Transaction, *, email: str, name: str, role: str, now: int) -> tuple[StudioUser, str]:
    """Adds somebody; he and the token of a link that signs him in once. Raises Invalid, Conflict if the address is taken."""
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise Invalid("email: That is no e-mail address.")
    user = StudioUser(
        user_id=f"usr_{random_bytes(10).hex()}",
        email=address,
        name=name.strip().replace("\0", "")[:_LONGEST_NAME],
        role=role_of(role),
        sessions_from=now,
        created_at=now,
    )
    if not await user_store.add(tx, user):
        raise Conflict(f"{address} is there already.")
    await touch(tx)
    return user, await new_link_token(tx, now, user.user_id)


async def new_link(tx: Transaction, user_id: str, now: int) -> str:
    """The token of another link that signs somebody in once, for whom has lost his password. Raises NotFound."""
    await user_of(tx, user_id)
    return await new_link_token(tx, now, user_id)


async def user_of(tx: Transaction, user_id: str) -> StudioUser:
    """One user. Raises NotFound."""
    found = next((one for one in await user_store.users(tx) if one.user_id == user_id), None)
    if found is None:
        raise NotFound("There is no such user.")
    return found


async def change_role(tx: Transaction, user_id: str, role: str) -> StudioUser:
    """Gives somebody another role, which holds from his next request on. Raises Invalid, NotFound."""
    user = await user_of(tx, user_id)
    await user_store.set_role(tx, user_id, role_of(role))
    await touch(tx)
    return replace(user, role=role_of(role))


async def remove_user(tx: Transaction, user_id: str) -> StudioUser:
    """Removes somebody; his sessions and links end with it. Raises NotFound."""
    user = await user_of(tx, user_id)
    await user_store.remove(tx, user_id)
    await touch(tx)
    return user


async def check_sign_in(database: Database, email: str, password: str, limiter: anyio.CapacityLimiter) -> StudioUser:
    """Whose address and password these are. Raises Unauthenticated, in the same time for an unknown address.

    Takes tens of milliseconds in a thread, outside any transaction.
    """
    address = email.strip().lower()
    async with database.snapshot() as tx:
        user = next((one for one in await user_store.users(tx) if one.email == address), None)
        stored = await user_store.password_hash(tx, user.user_id) if user else ""
    is_right = await password_is_right(stored or _NOBODY, password, limiter)
    if user is None or not stored or not is_right:
        raise Unauthenticated(_WRONG)
    return user


async def change_password(
    database: Database, user: StudioUser, *, old: str, new: str, now: int, limiter: anyio.CapacityLimiter
) -> None:
    """Sets a password and ends the sessions that began before `now`. Raises Invalid if the new one is too short or the old
    one, where there is one, is wrong.
    """
    if not SHORTEST_PASSWORD <= len(new) <= 1_000:
        raise Invalid(f"A password has {SHORTEST_PASSWORD} to 1,000 characters.")
    async with database.snapshot() as tx:
        stored = await user_store.password_hash(tx, user.user_id)
    if stored and not await password_is_right(stored, old, limiter):
        raise Invalid("The old password is another one.")
    hashed = await hashed_password(new, limiter)
    async with database.transaction() as tx:
        await user_store.set_password(tx, user.user_id, hashed, now)
        await touch(tx)


def role_of(text: str) -> Role:
    """The role of that name. Raises Invalid."""
    found = next((role for role in get_args(Role) if role == text), None)
    if found is None:
        raise Invalid(f"role: One of {', '.join(get_args(Role))}.")
    return found
