import pytest

from posthorn.preferences.store import erase_user, load_preferences, save_preferences
from posthorn.storage.database import Database
from preferences.preference_cases import chosen

pytestmark = pytest.mark.anyio


async def test_choices_are_kept_replaced_and_forgotten(database: Database) -> None:
    first = chosen("OPTED_OUT", has_custom_routing=True, custom_routing=("email", "sms"), digest_schedule="daily")
    second, third = chosen("OPTED_IN", "pt_2"), chosen("OPTED_IN", tenant_id="acme")
    async with database.transaction() as tx:
        await save_preferences(tx, 0, "production", [first, second, third], [])
        await save_preferences(tx, 0, "production", [chosen("OPTED_OUT", "pt_2")], [third])

        found = await load_preferences(tx, 0, "production", ("u-1", "u-2"))

    assert found == [first, chosen("OPTED_OUT", "pt_2")]


async def test_an_erased_user_chose_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await save_preferences(tx, 0, "production", [chosen("OPTED_OUT")], [])
        await save_preferences(tx, 0, "test", [chosen("OPTED_OUT")], [])

        await erase_user(tx, 0, "production", "u-1")

        assert await load_preferences(tx, 0, "production", ("u-1",)) == []
        assert len(await load_preferences(tx, 0, "test", ("u-1",))) == 1
