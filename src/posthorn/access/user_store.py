"""The table studio_users. Private to this folder."""

from msgspec import Struct

from posthorn.access.model import StudioUser
from posthorn.storage.database import Transaction


class _Hash(Struct, frozen=True, kw_only=True):
    password_hash: str


async def users(tx: Transaction) -> list[StudioUser]:
    """Everybody, by e-mail address."""
    return await tx.all(
        StudioUser, "SELECT user_id, email, name, role, sessions_from, created_at FROM studio_users ORDER BY email"
    )


async def add(tx: Transaction, user: StudioUser) -> bool:
    """Adds somebody without a password; False if the address is taken."""
    touched = await tx.run(
        "INSERT INTO studio_users (user_id, email, name, role, password_hash, sessions_from, created_at) "
        "VALUES (:user_id, :email, :name, :role, '', :sessions_from, :created_at) ON CONFLICT DO NOTHING",
        user_id=user.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
        sessions_from=user.sessions_from,
        created_at=user.created_at,
    )
    return touched > 0


async def set_role(tx: Transaction, user_id: str, role: str) -> bool:
    """Gives somebody another role; False if he is not there."""
    sql = "UPDATE studio_users SET role = :role WHERE user_id = :user_id"
    return await tx.run(sql, user_id=user_id, role=role) > 0


async def remove(tx: Transaction, user_id: str) -> bool:
    """Removes somebody, with the links that sign him in; False if he is not there."""
    await tx.run("DELETE FROM studio_links WHERE user_id = :user_id", user_id=user_id)
    return await tx.run("DELETE FROM studio_users WHERE user_id = :user_id", user_id=user_id) > 0


async def set_password(tx: Transaction, user_id: str, password_hash: str, sessions_from: int) -> bool:
    """Sets a password and ends the sessions that began before; False if the user is not there."""
    return (
        await tx.run(
            "UPDATE studio_users SET password_hash = :password_hash, sessions_from = :sessions_from WHERE user_id = :user_id",
            user_id=user_id,
            password_hash=password_hash,
            sessions_from=sessions_from,
        )
        > 0
    )


async def password_hash(tx: Transaction, user_id: str) -> str:
    """The hash of somebody's password; "" for none."""
    row = await tx.first(_Hash, "SELECT password_hash FROM studio_users WHERE user_id = :user_id", user_id=user_id)
    return row.password_hash if row else ""
