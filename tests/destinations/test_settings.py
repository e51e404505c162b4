import pytest
from msgspec import Struct, structs

from posthorn.destinations import segment
from posthorn.destinations.model import Misconfigured, Pause
from posthorn.destinations.segment import Settings
from posthorn.destinations.settings import load_destination, mark_verified, save_destination, stop_destination
from posthorn.errors import Invalid
from posthorn.secrets import Vault
from posthorn.storage.revision import revision

pytestmark = pytest.mark.anyio
VAULT = Vault(b"k" * 32)
SETTINGS = Settings(write_key="wk_back", events={"Message Sent": False}, include_traits=True)


class _Stored(Struct, frozen=True, kw_only=True):
    sealed_secret: str
    as_text: str


async def _save(tx, settings=SETTINGS, environment="production", now=1_000):
    return await save_destination(tx, VAULT, segment.destination, environment, settings, now)


async def _load(tx, vault=VAULT):
    return await load_destination(tx, vault, segment.destination)


async def test_settings_come_back_as_they_were_saved(database):
    async with database.transaction() as tx:
        await _save(tx)
        await _save(tx, Settings(write_key="wk_test"), "test")
        loaded = await _load(tx)

    assert loaded["production"].settings == SETTINGS
    assert loaded["test"].settings == Settings(write_key="wk_test")
    assert (loaded["production"].state, loaded["production"].verified_at) == ("ok", None)
    assert loaded["production"].takes_events


async def test_the_write_key_is_nowhere_in_the_table(database):
    async with database.transaction() as tx:
        await _save(tx)
        row = await tx.first(_Stored, "SELECT sealed_secret, CAST(settings AS TEXT) AS as_text FROM destinations")

    assert row is not None
    assert "wk_back" not in row.sealed_secret + row.as_text
    assert VAULT.open(row.sealed_secret) == "wk_back"


async def test_another_secret_key_cannot_open_them(database):
    async with database.transaction() as tx:
        await _save(tx)
        with pytest.raises(Invalid):
            await _load(tx, Vault(b"x" * 32))


async def test_settings_that_cannot_work_are_not_saved(database):
    async with database.transaction() as tx:
        with pytest.raises(Invalid):
            await _save(tx, Settings(write_key=""))
        assert await _load(tx) == {}


@pytest.mark.parametrize(("why", "state"), [(Pause(reason="401"), "paused"), (Misconfigured(reason="302"), "misconfigured")])
async def test_a_refusal_stops_it_until_it_is_saved_again(database, why, state):
    async with database.transaction() as tx:
        await _save(tx)
        await stop_destination(tx, "segment", (await _load(tx))["production"], why, 2_000)
        stopped = (await _load(tx))["production"]
        await _save(tx, now=3_000)
        again = (await _load(tx))["production"]

    assert (stopped.state, stopped.state_reason, stopped.updated_at) == (state, why.reason, 2_000)
    assert not stopped.takes_events
    assert (again.state, again.state_reason) == ("ok", "")


async def test_a_late_refusal_of_the_old_key_does_not_stop_the_new_one(database):
    async with database.transaction() as tx:
        await _save(tx)
        old = (await _load(tx))["production"]
        await _save(tx, structs.replace(SETTINGS, write_key="wk_new"), now=1_500)
        await stop_destination(tx, "segment", old, Pause(reason="401"), 2_000)
        await mark_verified(tx, "segment", "production", seen_at=old.updated_at, verified_at=2_000)
        now = (await _load(tx))["production"]

    assert (now.state, now.verified_at, now.settings.write_key) == ("ok", None, "wk_new")


async def test_running_servers_are_told_of_what_changed_and_of_nothing_else(database):
    async with database.transaction() as tx:
        numbers = [await revision(tx)]
        await _save(tx)
        numbers.append(await revision(tx))
        installed = (await _load(tx))["production"]
        await stop_destination(tx, "segment", installed, Pause(reason="401"), 2_000)
        numbers.append(await revision(tx))
        await stop_destination(tx, "segment", installed, Pause(reason="401"), 3_000)
        numbers.append(await revision(tx))

    assert len(set(numbers[:3])) == 3
    assert numbers[2] == numbers[3]


async def test_a_verified_key_is_noted(database):
    async with database.transaction() as tx:
        await _save(tx)
        await mark_verified(tx, "segment", "production", seen_at=1_000, verified_at=2_000)
        loaded = (await _load(tx))["production"]

    assert loaded.verified_at == 2_000
