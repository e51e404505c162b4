import pytest

from posthorn.broadcasts import editing, sending, store
from posthorn.broadcasts.model import Broadcast, Schedule, status_of
from posthorn.errors import Conflict, NotFound
from posthorn.storage.database import Database, Transaction
from posthorn.templates.model import Edit
from posthorn.templates.read import list_templates
from posthorn.templates.write import put_content

pytestmark = pytest.mark.anyio
NOON = 1_772_452_800_000  # 2026-03-02T12:00:00Z
CONTENT = {"version": "2022-01-01", "elements": [{"type": "text", "content": "x"}]}


def _edit(now: int = NOON) -> Edit:
    return Edit(now=now, editor="key_1")


async def _draft(tx: Transaction, number: int = 1) -> Broadcast:
    made = await editing.create(tx, "production", ("March", "email"), editing.EMPTY, _edit(NOON + number), bytes([number] * 16))
    await put_content(tx, "production", made.template_id, CONTENT, _edit())
    return made


async def test_a_broadcast_goes_from_draft_to_scheduled_and_back(database: Database) -> None:
    at_one = Schedule(recipient_id="news", recipient_type="list", scheduled_to="2026-03-02T13:00:00")
    async with database.transaction() as tx:
        draft = await _draft(tx)
        await sending.send(tx, draft, at_one, "1-r", _edit())
        scheduled = await editing.read(tx, "production", draft.broadcast_id)
        await sending.cancel(tx, scheduled, _edit())
        canceled = await editing.read(tx, "production", draft.broadcast_id)

    times = (NOON, NOON + 3_600_000)
    assert [status_of(scheduled, now) for now in times] == ["scheduled", "sending"]
    assert (status_of(draft, NOON), status_of(canceled, NOON)) == ("draft", "draft")
    assert (scheduled.schedule, canceled.schedule) == (at_one, None)


async def test_what_is_due_cannot_be_called_back(database: Database) -> None:
    now = Schedule(recipient_id="news", recipient_type="list")
    async with database.transaction() as tx:
        sent = await sending.send(tx, await _draft(tx), now, "1-r", _edit())
        for verb in (sending.cancel(tx, sent, _edit()), sending.send(tx, sent, now, "1-s", _edit())):
            with pytest.raises(Conflict):
                await verb


async def test_the_newest_comes_first_and_archived_ones_not_at_all(database: Database) -> None:
    async with database.transaction() as tx:
        made = [await _draft(tx, number) for number in (1, 2, 3)]
        await editing.archive(tx, "production", made[1].broadcast_id, _edit())
        found = await store.broadcasts(tx, "production", before="", limit=9)
        older = await store.broadcasts(tx, "production", before=made[2].broadcast_id, limit=9)
        with pytest.raises(NotFound):
            await editing.read(tx, "production", made[1].broadcast_id)
        listed = await list_templates(tx, "production", after="", limit=9)

    assert [one.broadcast_id for one in found] == [made[2].broadcast_id, made[0].broadcast_id]
    assert [one.broadcast_id for one in older] == [made[0].broadcast_id]
    assert listed == []
