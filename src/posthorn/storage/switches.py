"""Switches: a few durable yes-or-no states of the whole installation, such as "dispatch is paused"."""

from msgspec import Struct

from posthorn.storage.database import Transaction

DISPATCH_PAUSED = "dispatch_paused"


class Switch(Struct, frozen=True, kw_only=True):
    """One switch that is on, and why."""

    name: str
    reason: str


async def reason(tx: Transaction, name: str) -> str | None:
    """Why the switch is on; None while it is off."""
    row = await tx.first(Switch, "SELECT name, reason FROM switches WHERE name = :name", name=name)
    return row.reason if row else None


async def turn_on(tx: Transaction, name: str, why: str) -> None:
    """Turns it on, or changes the reason."""
    await tx.run(
        "INSERT INTO switches (name, reason) VALUES (:name, :why) ON CONFLICT (name) DO UPDATE SET reason = :why",
        name=name,
        why=why,
    )


async def turn_off(tx: Transaction, name: str) -> None:
    """Turns it off; nothing if it was."""
    await tx.run("DELETE FROM switches WHERE name = :name", name=name)
