"""Finding the one event that keeps a step from being written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.engine import parking
from posthorn.engine.poison import Trial, culprit
from posthorn.storage.sqlite import SqliteTransaction
from workspace import Workspace

pytestmark = pytest.mark.anyio
BAD_EMAIL = "poison@example.org"


@given(count=st.integers(1, 300), places=st.sets(st.integers(0, 10_000), min_size=1, max_size=5))
async def test_the_first_bad_event_is_found_in_few_trials(count: int, places: set[int]) -> None:
    bad = {place % count for place in places}
    trials: list[int | None] = []

    async def attempt(first: int | None) -> Trial:
        trials.append(first)
        taken = range(count)[:first]
        return Trial(identifiers=tuple(map(str, range(count))), is_written=not bad & set(taken))

    assert await culprit(attempt) == str(min(bad))
    assert len(trials) <= 2 + count.bit_length()


async def test_no_event_is_blamed_when_even_none_cannot_be_written_or_all_now_can() -> None:
    async def never(_first: int | None) -> Trial:
        return Trial(identifiers=("a", "b"), is_written=False)

    async def always(_first: int | None) -> Trial:
        return Trial(identifiers=("a", "b"))

    assert await culprit(never) is None
    assert await culprit(always) is None


@pytest.fixture
def hostile_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that no column takes, as the next mistake of ours would bring it about."""
    many = SqliteTransaction.many

    async def refuse(self: SqliteTransaction, sql: str, rows: list[dict[str, object]], /) -> None:
        if "INSERT INTO profiles" in sql and any(BAD_EMAIL in str(row) for row in rows):
            rows = [{**row, next(iter(row)): 2**80} for row in rows]
        await many(self, sql, rows)  # pyright: ignore[reportArgumentType] - the very statement that came in

    monkeypatch.setattr(SqliteTransaction, "many", refuse)


@pytest.mark.usefixtures("hostile_value")
async def test_an_event_that_cannot_be_written_is_set_aside_and_its_neighbours_are_kept(workspace: Workspace) -> None:
    traits = {"u-1": "a@example.org", "u-2": BAD_EMAIL, "u-3": "c@example.org"}
    batch = [{"type": "identify", "userId": user_id, "traits": {"email": email}} for user_id, email in traits.items()]

    await workspace.call("POST", "/v1/batch", {"batch": batch}, auth=("wk_flow", ""))
    await workspace.rest()

    for user_id in ("u-1", "u-3"):
        assert (await workspace.call("GET", f"/profiles/{user_id}"))["profile"]["email"] == traits[user_id]
    async with workspace.parts.database.snapshot() as tx:
        [parked] = await parking.parked_events(tx)
    assert parked.user_key == "u-2"
    assert "too large" in parked.error


async def test_a_timer_that_was_set_aside_can_be_set_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [{"action": "delay", "duration": "1 hour"}, {"action": "update-profile", "profile": {"woken": True}}]
    body = {"recipient": "u-1", "automation": {"steps": steps}}
    await workspace.call("POST", "/automations/invoke", body)
    await workspace.rest()
    with monkeypatch.context() as broken:
        broken.setattr("posthorn.engine.processor.decide", _fail)
        await workspace.advance(hours=2)

    async with workspace.parts.database.transaction() as tx:
        assert len(await parking.parked_events(tx)) == 1
        await parking.put_back(tx, "production", "u-1", partition_count=1, now=workspace.clock.now_ms())
    await workspace.rest()

    assert (await workspace.call("GET", "/profiles/u-1"))["profile"] == {"woken": True}


def _fail(*_arguments: object) -> None:
    raise RuntimeError("a mistake of ours")
