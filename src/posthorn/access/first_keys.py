"""The keys that a server has from its first start, so that the first event needs no preparation.

A key from the settings is made to exist. Without one, the first start makes a key of each kind and writes both into
`keys.txt` in the data folder (mode 0600, lines of an environment file), so that every later start on that machine can
print them again. Deleting the file leaves the keys as they are, known by their hints only.
"""

import os
from pathlib import Path

from msgspec import Struct

from posthorn.access import store
from posthorn.access.keys import KeyRequest, create_key, ensure_preset, key_hash
from posthorn.access.model import Key, KeyKind
from posthorn.storage.database import Transaction

_VARIABLES: dict[KeyKind, str] = {"api": "POSTHORN_API_KEY", "write": "POSTHORN_WRITE_KEY"}
_HEADING = """\
# The keys that Posthorn made at its first start; every start prints them from here.
# Once you have noted them you may delete this file: the keys go on working.
"""


class StartKey(Struct, frozen=True, kw_only=True):
    """A production key to print at the start. key: "" if only its hash is known; shown: None if there is none.

    is_made_here: made at a first start on this machine and kept in `keys.txt`, not given by the settings.
    """

    kind: KeyKind
    key: str
    shown: Key | None
    is_made_here: bool = False


async def keys_at_start(tx: Transaction, presets: dict[KeyKind, str], path: Path, now: int) -> list[StartKey]:
    """Makes the first keys exist; the API key and the write key to print.

    presets: keys of the settings, "" or absent for none. path: `keys.txt`. The file is written before the transaction
    commits: a crash in between leaves a file that the next start replaces, never a key that nobody has seen.
    """
    in_file = read_keys(path)
    found = [await _start_key(tx, kind, presets.get(kind, ""), in_file.get(kind, ""), now) for kind in _VARIABLES]
    made: dict[KeyKind, str] = {found_key.kind: found_key.key for found_key in found if found_key.is_made_here}
    if any(in_file.get(kind) != key for kind, key in made.items()):
        _write_keys(path, {**in_file, **made})
    return found


def read_keys(path: Path) -> dict[KeyKind, str]:
    """The keys in `keys.txt` by kind; none if there is no such file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    values = {name.strip(): value.strip() for name, mark, value in (line.partition("=") for line in lines) if mark}
    return {kind: values[variable] for kind, variable in _VARIABLES.items() if values.get(variable)}


async def _start_key(tx: Transaction, kind: KeyKind, preset: str, in_file: str, now: int) -> StartKey:
    if preset:
        return StartKey(kind=kind, key=preset, shown=await ensure_preset(tx, preset, kind, now))
    known = await store.key_of_hash(tx, kind, key_hash(in_file)) if in_file else None
    if known is not None and known.revoked_at is None:
        return StartKey(kind=kind, key=in_file, shown=known, is_made_here=True)
    there = [key for key in await store.keys(tx) if key.kind == kind and key.environment == "production"]
    if not there:
        made = await create_key(tx, KeyRequest(kind=kind, environment="production", name="first start"), now)
        return StartKey(kind=kind, key=made.key, shown=made.shown, is_made_here=True)
    live = [key for key in there if key.revoked_at is None]
    return StartKey(kind=kind, key="", shown=live[0] if live else None)


def _write_keys(path: Path, keys: dict[KeyKind, str]) -> None:
    lines = [f"{_VARIABLES[kind]}={key}\n" for kind, key in keys.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_HEADING + "".join(lines))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
