from typing import Any

import msgspec
import pytest

from automations.automation_parts import NOW, automation
from posthorn.automations import store
from posthorn.automations.definition import read_automation
from posthorn.automations.load import load_library
from posthorn.automations.model import Automation, Run, RunStep
from posthorn.automations.runs import RunFilter, erase_user, find_run, list_runs, prune_runs, steps_of_run
from posthorn.automations.write import Draft, archive, publish, put_draft, read_version, roll_back
from posthorn.errors import Conflict, NotFound
from posthorn.storage.database import Database, Transaction

pytestmark = pytest.mark.anyio

RUN = Run(
    run_id="1-a",
    environment="production",
    user_key="u-1",
    automation_id="at",
    version=1,
    kind="automation",
    status="WAITING",
    context={"data": {"é": [1, None]}},
    token="t",
    source=["segment/identify"],
    created_at=NOW,
    updated_at=NOW,
    wake_at=NOW + 1,
)
STEP = RunStep(run_id="1-a", sequence=0, node_id="0", action="delay", status="WAITING", created_at=NOW, updated_at=NOW)


def _run(run_id: str, **changed: object) -> Run:
    return msgspec.structs.replace(RUN, run_id=run_id, **changed)


async def _write(tx: Transaction, name: str, brand: str = "t", **fields: Any) -> Automation:
    definition = read_automation(
        {"steps": [{"action": "send", "template": "refs.template", "brand": brand}], "trigger": "identify"}
    )
    draft = Draft(automation_id=name, environment="production", kind="automation", name=name, definition=definition, **fields)
    return await put_draft(tx, draft, NOW)


async def test_a_run_comes_back_as_it_went_in_and_ends(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_runs(tx, 0, [RUN])
        found = await store.active_runs(tx, 0, "production", ("u-1", "u-2"))
        await store.save_runs(tx, 0, [_run("1-a", status="PROCESSED")])

        assert found == [RUN]
        assert await store.active_runs(tx, 0, "production", ("u-1",)) == []
        assert await store.active_runs(tx, 0, "test", ("u-1",)) == []


async def test_active_runs_are_found_by_their_token(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_runs(tx, 0, [RUN, _run("1-b", status="ERROR"), _run("1-c", token=None)])

        assert await store.runs_with_token(tx, "production", "t") == [RUN]


async def test_a_step_that_waited_keeps_the_time_at_which_it_began(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_steps(tx, 0, [STEP])
        await store.save_steps(tx, 0, [msgspec.structs.replace(STEP, status="PROCESSED", created_at=5, updated_at=NOW + 9)])

        (step,) = await steps_of_run(tx, 0, "1-a")
    assert (step.status, step.created_at, step.updated_at) == ("PROCESSED", NOW, NOW + 9)


async def test_runs_are_listed_newest_first_page_by_page(database: Database) -> None:
    runs = [_run(f"1-{n}", created_at=NOW + n // 2) for n in range(6)]
    async with database.transaction() as tx:
        await store.save_runs(tx, 0, runs)
        first = await list_runs(tx, RunFilter(environment="production", kind="automation"), 4)
        last = (first[-1].created_at, first[-1].run_id)
        rest = await list_runs(tx, RunFilter(environment="production", kind="automation", after=last), 4)

    assert [line.run_id for line in first + rest] == ["1-5", "1-4", "1-3", "1-2", "1-1", "1-0"]


async def test_runs_are_listed_by_status_automation_and_time(database: Database) -> None:
    other = [
        _run("1-b", status="ERROR"),
        _run("1-c", automation_id="x"),
        _run("1-d", created_at=1),
        _run("1-e", kind="journey"),
    ]
    wanted = RunFilter(
        environment="production",
        kind="automation",
        statuses=("WAITING",),
        automation_ids=("at",),
        created_from=NOW,
        created_to=NOW,
    )
    async with database.transaction() as tx:
        await store.save_runs(tx, 0, [RUN, *other])

        assert [line.run_id for line in await list_runs(tx, wanted, 9)] == ["1-a"]


async def test_a_run_is_found_in_whichever_partition_it_is(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_runs(tx, 2, [RUN])

        assert await find_run(tx, 3, "production", "1-a") == (2, RUN)
        assert await find_run(tx, 3, "test", "1-a") is None


async def test_erasing_a_user_leaves_nothing_of_the_runs(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_runs(tx, 0, [RUN, _run("1-b", user_key="u-2")])
        await store.save_steps(tx, 0, [STEP, msgspec.structs.replace(STEP, run_id="1-b")])
        await erase_user(tx, 0, "production", "u-1")

        assert await find_run(tx, 1, "production", "1-a") is None
        assert await steps_of_run(tx, 0, "1-a") == []
        assert len(await steps_of_run(tx, 0, "1-b")) == 1


async def test_pruning_takes_old_runs_that_have_ended(database: Database) -> None:
    old = [_run("1-b", created_at=1), _run("1-c", created_at=1, status="PROCESSED"), _run("1-d", status="PROCESSED")]
    async with database.transaction() as tx:
        await store.save_runs(tx, 0, old)

        assert await prune_runs(tx, "production", "automation", NOW, 10) == 1
        assert await find_run(tx, 1, "production", "1-c") is None
        assert await find_run(tx, 1, "production", "1-b") is not None


async def test_a_draft_is_live_only_once_it_is_published(database: Database) -> None:
    async with database.transaction() as tx:
        await _write(tx, "at", alias="welcome")
        before = (await load_library(tx)).find("production", "at")
        await publish(tx, "production", "automation", "welcome", NOW + 1)
        library = await load_library(tx)

    live = library.find("production", "welcome")
    assert before is None
    assert live is not None
    assert (live.version, live.state, live.published_at) == (1, "PUBLISHED", NOW + 1)
    assert [link.automation for link in library.triggers("production").links("segment", "identify", "")] == [live]


async def test_versions_never_change_and_an_earlier_one_can_be_live_again(database: Database) -> None:
    async with database.transaction() as tx:
        for template in ("one", "two"):
            await _write(tx, "at", template)
            await publish(tx, "production", "automation", "at", NOW)
        await _write(tx, "at", "three")
        await roll_back(tx, "production", "automation", "at", 1, NOW)

        shown = [(await read_version(tx, "production", "automation", "at", n)).nodes[0]["brand"] for n in (None, 0, 1, 2)]
    assert shown == ["one", "three", "one", "two"]


async def test_an_archived_automation_starts_nothing_but_its_runs_go_on(database: Database) -> None:
    async with database.transaction() as tx:
        await _write(tx, "at")
        await publish(tx, "production", "automation", "at", NOW)
        await archive(tx, "production", "automation", "at", NOW)
        library = await load_library(tx)

    assert library.triggers("production").links("segment", "identify", "") == []
    assert library.program("production", "at", 1) is not None


async def test_an_alias_belongs_to_one(database: Database) -> None:
    async with database.transaction() as tx:
        await _write(tx, "at", alias="welcome")

        with pytest.raises(Conflict):
            await _write(tx, "other", alias="welcome")


async def test_a_journey_is_no_automation(database: Database) -> None:
    async with database.transaction() as tx:
        await _write(tx, "at")

        with pytest.raises(NotFound, match="Journey at not found"):
            await publish(tx, "production", "journey", "at", NOW)


async def test_a_new_library_takes_over_the_programs_of_the_earlier_one(database: Database) -> None:
    async with database.transaction() as tx:
        await _write(tx, "at")
        await publish(tx, "production", "automation", "at", NOW)
        earlier = await load_library(tx)
        later = await load_library(tx, earlier)

    assert later.program("production", "at", 1) is earlier.program("production", "at", 1)
    assert automation("at", []).version == 1
