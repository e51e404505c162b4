"""Since when an audience of Segment Engage is known."""

import pytest

from posthorn.lists.audiences import engage_audiences, note_engage_audiences
from posthorn.lists.engage import AudienceSeen
from posthorn.storage.database import Database
from posthorn.storage.revision import revision

pytestmark = pytest.mark.anyio


def seen(at: int, environment: str = "production") -> AudienceSeen:
    return AudienceSeen(environment=environment, computation_id="aud_1", first_seen_at=at)


async def test_the_first_moment_stays_and_each_environment_has_its_own(database: Database) -> None:
    async with database.transaction() as tx:
        await note_engage_audiences(tx, [seen(7), seen(5), seen(9, "test")])
        await note_engage_audiences(tx, [seen(3)])

        assert await engage_audiences(tx) == {("production", "aud_1"): 5, ("test", "aud_1"): 9}


async def test_only_what_is_new_changes_the_configuration(database: Database) -> None:
    async with database.transaction() as tx:
        before = await revision(tx)
        await note_engage_audiences(tx, [seen(7)])
        after = await revision(tx)
        await note_engage_audiences(tx, [seen(7)])

        assert before != after == await revision(tx)
