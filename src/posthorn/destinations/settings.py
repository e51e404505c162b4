"""Which destinations are set up, for each environment: as they are kept, and as they are held in memory."""

from typing import Any, Generic

import msgspec
from msgspec import Struct

from posthorn.destinations import store
from posthorn.destinations.model import Destination, Misconfigured, Pause, SettingsT, State
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch


class Installed(Struct, Generic[SettingsT], frozen=True, kw_only=True):
    """A destination as it is set up in one environment.

    state: "ok", "paused" (the destination refuses us) or "misconfigured" (its address cannot be right); the last two
    keep all events until the settings change. verified_at: when its key was last found to exist. Times are UTC
    milliseconds.
    """

    environment: str
    settings: SettingsT
    state: State
    state_reason: str
    verified_at: int | None
    updated_at: int

    @property
    def takes_events(self) -> bool:
        """Whether events may be sent to it now."""
        return self.state == "ok"


async def load_destination(
    tx: Transaction, vault: Vault, destination: Destination[SettingsT]
) -> dict[str, Installed[SettingsT]]:
    """The destination's settings by environment, with the secret opened.

    Raises Invalid if the secret key is another one.
    """
    rows = await store.destinations(tx, destination.key)
    return {row.environment: _installed(row, vault, destination) for row in rows}


async def save_destination(
    tx: Transaction,
    vault: Vault,
    destination: Destination[SettingsT],
    environment: str,
    settings: SettingsT,
    now: int,
) -> SettingsT:
    """Keeps the settings in their normal form and returns them; what was paused goes on. Raises Invalid."""
    checked = destination.checked(settings)
    plain: dict[str, Any] = msgspec.to_builtins(checked)
    secret = plain.pop(destination.secret)
    row = store.DestinationRow(
        environment=environment,
        destination=destination.key,
        sealed_secret=vault.seal(secret),
        settings=plain,
        state="ok",
        state_reason="",
        verified_at=None,
        updated_at=now,
    )
    await store.put_destination(tx, row)
    await touch(tx)
    return checked


async def stop_destination(tx: Transaction, key: str, installed: Installed[Any], why: Pause | Misconfigured, now: int) -> None:
    """Notes that the destination refuses us; its events wait until its settings are saved again.

    Does nothing if they were saved since `installed` was loaded: the refusal was of the old ones.
    """
    state: State = "paused" if isinstance(why, Pause) else "misconfigured"
    change = store.StateChange(
        environment=installed.environment, destination=key, seen_at=installed.updated_at, state=state, reason=why.reason
    )
    if await store.set_state(tx, change, now):
        await touch(tx)


async def resume_destination(tx: Transaction, key: str, installed: Installed[Any], now: int) -> None:
    """Lets events go to a destination again that had refused us, its settings as they are."""
    change = store.StateChange(
        environment=installed.environment, destination=key, seen_at=installed.updated_at, state="ok", reason=""
    )
    if not installed.takes_events and await store.set_state(tx, change, now):
        await touch(tx)


async def mark_verified(tx: Transaction, key: str, environment: str, *, seen_at: int, verified_at: int) -> None:
    """Notes that the key of the settings last written at `seen_at` was found to exist."""
    if await store.set_verified(tx, environment, key, seen_at, verified_at):
        await touch(tx)


def _installed(row: store.DestinationRow, vault: Vault, destination: Destination[SettingsT]) -> Installed[SettingsT]:
    values = row.settings | {destination.secret: vault.open(row.sealed_secret)}
    return Installed(
        environment=row.environment,
        settings=msgspec.convert(values, destination.settings),
        state=row.state,
        state_reason=row.state_reason,
        verified_at=row.verified_at,
        updated_at=row.updated_at,
    )
