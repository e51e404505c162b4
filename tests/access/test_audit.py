"""What was changed by whom, kept."""

import pytest

from posthorn.access.audit import Actor, actor_of, audit_event, audit_events, record
from posthorn.access.model import OWNER
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


async def test_each_environment_has_its_own_and_what_concerns_both(database: Database) -> None:
    key = Actor(actor_id="key_1", source="api")
    async with database.transaction() as tx:
        await record(tx, key, "brand-created", target="b", at=1, environment="production")
        await record(tx, key, "brand-deleted", target="b", at=2, environment="test")
        await record(tx, actor_of(OWNER), "user-invited", target="x" * 1_000, at=3)
        production = await audit_events(tx, "production", before=(9, ""), limit=5)
        older = await audit_events(tx, "production", before=(3, production[0].audit_event_id), limit=5)
        one = await audit_event(tx, "test", production[1].audit_event_id)

    assert [event.type for event in production] == ["user-invited", "brand-created"]
    assert (production[0].actor_id, production[0].source, len(production[0].target)) == ("owner", "studio", 500)
    assert older == production[1:]
    assert one is None
