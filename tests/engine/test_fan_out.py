from typing import Any

import msgspec
import pytest

from posthorn.audiences import definitions
from posthorn.audiences import store as audience_store
from posthorn.audiences.model import Audience, Standing
from posthorn.bulk import collect
from posthorn.bulk import store as bulk_store
from posthorn.engine import fan_out
from posthorn.engine.backfill import Backfill
from posthorn.engine.bulk_pages import bulk_page
from posthorn.engine.fan_out import fan_out_page
from posthorn.jobs import store as job_store
from posthorn.lists.model import Subscription
from posthorn.lists.subscriptions import save_subscriptions
from posthorn.log import store as log_store
from posthorn.log.model import partition_of, unpack
from posthorn.messages.groups import Group
from posthorn.messages.model import MessageRequested, SendRequested
from posthorn.messages.sending import send_job
from posthorn.storage.database import Database
from posthorn.tenants import store as tenant_store
from posthorn.tenants.model import Membership, Tenant

pytestmark = pytest.mark.anyio
REQUEST = "1-69a55640-2b8786a2672e01efbb0d96f3"


async def _fill(database: Database) -> None:
    async with database.transaction() as tx:
        for user, list_id in (("u-1", "a.x"), ("u-2", "a.x"), ("u-3", "a.y"), ("u-2", "a.y"), ("u-4", "b")):
            partition = partition_of("production", user, database.partition_count)
            row = Subscription(user_key=user, list_id=list_id, is_subscribed=True, changed_at=1)
            await save_subscriptions(tx, partition, "production", [row], 1)
        tenants = [("t", None), ("t-1", "t"), ("t-2", "t-1")]
        await tenant_store.save_tenants(
            tx,
            [
                Tenant(environment="production", tenant_id=one, name=one, parent_tenant_id=up, created_at=1, updated_at=1)
                for one, up in tenants
            ],
        )
        for user, tenant in (("u-1", "t"), ("u-3", "t-2"), ("u-9", "t-2")):
            partition = partition_of("production", user, database.partition_count)
            joined = Membership(user_key=user, tenant_id=tenant, joined_at=1)
            await tenant_store.save_memberships(tx, partition, "production", [joined], [])
        audience = Audience(environment="production", audience_id="x", version=1, created_at=1, updated_at=1)
        await definitions.save_version(tx, audience)
        for user, is_member in (("x-1", True), ("x-2", True), ("x-3", True), ("x-4", False)):
            partition = partition_of("production", user, database.partition_count)
            row = Standing(user_key=user, audience_id="x", version=1, is_member=is_member, changed_at=1, number=1, reason="")
            await audience_store.save_standings(tx, partition, "production", [row])


async def _requested(database: Database) -> list[MessageRequested]:
    found: list[MessageRequested] = []
    async with database.snapshot() as tx:
        for partition in range(database.partition_count):
            for block in await log_store.blocks_after(tx, partition, 0, 1_000):
                found += [msgspec.json.decode(entry.body, type=MessageRequested) for entry in unpack(block.body)]
    return found


async def _run(database: Database, *groups: Group) -> tuple[list[MessageRequested], int]:
    request = SendRequested(request_id=REQUEST, groups=groups, message={"template": "t"})
    async with database.transaction() as tx:
        await job_store.add(tx, send_job(request, "production", 1))
    backfill = Backfill(database, {"send": fan_out_page, "bulk": bulk_page}, lambda positions: None, poll_s=1)
    while await backfill.turn():
        pass
    async with database.snapshot() as tx:
        job = await job_store.job(tx, "production", REQUEST)
    assert job is not None
    assert job.status == "FINISHED", job.error
    return await _requested(database), job.done_count


@pytest.mark.parametrize("page_users", [1, 2, 500])
@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((Group(list_id="a.x"),), ["u-1", "u-2"]),
        ((Group(list_pattern="a.*"),), ["u-1", "u-2", "u-2", "u-3"]),
        ((Group(list_id="b"), Group(list_id="none"), Group(list_id="a.y")), ["u-2", "u-3", "u-4"]),
        ((Group(tenant_id="t"),), ["u-1"]),
        ((Group(tenant_id="t", include_children=True),), ["u-1", "u-3", "u-9"]),
        ((Group(audience_id="x"),), ["x-1", "x-2", "x-3"]),
        ((Group(list_pattern="a.*", member_of=("t-2",)),), ["u-3"]),
        ((), []),
    ],
)
async def test_everybody_of_every_group_is_reached_whatever_the_size_of_a_page(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, page_users: int, groups: tuple[Group, ...], expected: list[str]
) -> None:
    monkeypatch.setattr(fan_out, "PAGE_USERS", page_users)
    await _fill(sqlite)

    found, done = await _run(sqlite, *groups)

    assert (sorted(one.to["user_id"] for one in found), done) == (expected, len(expected))


async def test_so_it_is_on_every_database(database: Database) -> None:
    await _fill(database)
    all_of_it = (
        Group(list_pattern="a.*", data={"n": 1}),
        Group(tenant_id="t", include_children=True),
        Group(list_id="b", member_of=("t",)),
    )

    found, _ = await _run(database, *all_of_it)

    assert sorted((one.to["user_id"], one.list_id) for one in found) == [
        ("u-1", ""),
        ("u-1", "a.x"),
        ("u-2", "a.x"),
        ("u-2", "a.y"),
        ("u-3", ""),
        ("u-3", "a.y"),
        ("u-9", ""),
    ]
    assert len({one.message_id for one in found}) == 4
    assert {one.message_id: one.to for one in found if one.list_id}.popitem()[1]["data"] == {"n": 1}


async def test_a_bulk_job_is_worked_on_every_database(database: Database) -> None:
    users: list[dict[str, Any]] = [{"recipient": "u-1", "data": {"a": 1}}, {}, {"to": {"email": "a@example.test"}}]
    async with database.transaction() as tx:
        await collect.create(tx, "production", REQUEST, {"event": "e", "template": "t"}, 1)
        await collect.add_users(tx, "production", REQUEST, users)
        await collect.start(tx, "production", REQUEST, 2)
    backfill = Backfill(database, {"bulk": bulk_page}, lambda positions: None, poll_s=1)
    while await backfill.turn():
        pass

    async with database.transaction() as tx:
        rows = await bulk_store.users_after(tx, "production", REQUEST, after=0, limit=9)
        await bulk_store.erase_user(tx, "production", "u-1")
        left = await bulk_store.users_after(tx, "production", REQUEST, after=0, limit=9)
    assert [one.status for one in rows] == ["ENQUEUED", "ERROR", "ENQUEUED"]
    assert sorted(one.message_id for one in await _requested(database)) == sorted(
        one.message_id for one in rows if one.message_id
    )
    assert [one.position for one in left] == [2, 3]
