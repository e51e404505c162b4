"""Links, where a trigger of the same kind has conditions."""

import pytest

from posthorn.automations.definition import read_automation
from posthorn.automations.linking import link, unlink
from posthorn.automations.write import Draft, put_draft
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

CONDITIONAL = {"type": "segment", "request_type": "track", "event": "X", "conditions": ["data.total", "greater than", 5]}
BODY = {"steps": [{"action": "delay", "duration": "1 hour"}], "trigger": CONDITIONAL}


async def test_a_link_is_without_conditions_and_unlinking_takes_all(database: Database) -> None:
    draft = Draft(automation_id="a", environment="production", kind="automation", name="A", definition=read_automation(BODY))
    async with database.transaction() as tx:
        await put_draft(tx, draft, 1)
        linked = await link(tx, "production", "a", "track/X", 2)
        unlinked = await unlink(tx, "production", "a", "track/X", 3)

    assert [one.conditions is None for one in linked.triggers] == [False, True]
    assert (unlinked.triggers, linked.published_version) == ((), 0)
