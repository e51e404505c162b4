import stat
from pathlib import Path

import pytest

from posthorn.access.first_keys import keys_at_start, read_keys
from posthorn.access.keys import list_keys, revoke_key
from posthorn.access.model import KeyKind
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

NO_PRESETS: dict[KeyKind, str] = {"api": "", "write": ""}


async def test_the_first_start_makes_a_key_of_each_kind_and_every_start_prints_them(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "made" / "keys.txt"
    async with database.transaction() as tx:
        first = await keys_at_start(tx, NO_PRESETS, path, now=1)
    async with database.transaction() as tx:
        second = await keys_at_start(tx, NO_PRESETS, path, now=2)

        assert len(await list_keys(tx)) == 2
    assert [key.kind for key in first] == ["api", "write"]
    assert [key.key for key in first] == [key.key for key in second]
    assert first[0].key.startswith("pk_prod_")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(path.parent.glob("*.new"))


async def test_without_the_file_only_the_hint_is_known(sqlite: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    async with sqlite.transaction() as tx:
        first = await keys_at_start(tx, NO_PRESETS, path, now=1)
        path.unlink()
        second = await keys_at_start(tx, NO_PRESETS, path, now=2)

    assert [key.key for key in second] == ["", ""]
    assert second[0].shown == first[0].shown
    assert not path.exists()


async def test_a_crash_before_the_commit_leaves_a_file_that_is_replaced(sqlite: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    with pytest.raises(RuntimeError):
        async with sqlite.transaction() as tx:
            lost = await keys_at_start(tx, NO_PRESETS, path, now=1)
            raise RuntimeError
    async with sqlite.transaction() as tx:
        made = await keys_at_start(tx, NO_PRESETS, path, now=2)

    assert made[0].key != lost[0].key
    assert read_keys(path) == {"api": made[0].key, "write": made[1].key}


async def test_a_key_of_the_settings_takes_the_place_of_a_made_one(sqlite: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    async with sqlite.transaction() as tx:
        api, write = await keys_at_start(tx, {"api": "My API Key", "write": ""}, path, now=1)

    assert (api.key, api.is_made_here) == ("My API Key", False)
    assert read_keys(path) == {"write": write.key}


async def test_a_revoked_first_key_is_not_printed_and_not_made_again(sqlite: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    async with sqlite.transaction() as tx:
        api, _ = await keys_at_start(tx, NO_PRESETS, path, now=1)
        assert api.shown is not None
        await revoke_key(tx, api.shown.key_id, now=2)

        again, _ = await keys_at_start(tx, NO_PRESETS, path, now=3)
    assert (again.key, again.shown) == ("", None)
