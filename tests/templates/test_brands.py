from typing import Any

import pytest

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.storage.database import Database
from posthorn.storage.revision import revision
from posthorn.templates.brands import WantedBrand, create_brand, delete_brand, find_brand, load_brands, replace_brand
from posthorn.templates.model import Edit, Payload, Wanted
from posthorn.templates.write import create_template

pytestmark = pytest.mark.anyio

BLUE = WantedBrand(name="Blue", settings={"colors": {"primary": "#00f"}})
SEED = b"s" * 16


async def test_a_brand_is_made_replaced_and_removed(database: Database) -> None:
    async with database.transaction() as tx:
        seen = [await revision(tx)]
        made = await create_brand(tx, "production", None, BLUE, now=1_000, seed=SEED)
        seen.append(await revision(tx))
        await replace_brand(tx, "production", made.brand_id, WantedBrand(name="Red"), 2_000)
        seen.append(await revision(tx))
        found = await find_brand(tx, "production", made.brand_id)
        await delete_brand(tx, "production", made.brand_id)

        assert made.brand_id.startswith("bnd_")
        assert (found.name, found.settings, found.created_at, found.updated_at) == ("Red", {}, 1_000, 2_000)
        assert await load_brands(tx) == {}
        assert len({*seen, await revision(tx)}) == 4


async def test_an_id_is_given_once_for_each_environment(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        await create_brand(tx, "production", "b", BLUE, now=1, seed=SEED)
        await create_brand(tx, "test", "b", BLUE, now=1, seed=SEED)

        with pytest.raises(Conflict):
            await create_brand(tx, "production", "b", BLUE, now=1, seed=SEED)
        assert {environment: list(found) for environment, found in (await load_brands(tx)).items()} == {
            "production": ["b"],
            "test": ["b"],
        }


async def test_the_default_brand_and_one_that_a_template_names_stay(sqlite: Database) -> None:
    content = {"version": "2022-01-01", "elements": [{"type": "text", "content": "x"}]}
    wanted = Wanted(payload=Payload(name="t", brand_id="b", content=content))
    async with sqlite.transaction() as tx:
        for brand_id in ("default", "b"):
            await create_brand(tx, "production", brand_id, BLUE, now=1, seed=SEED)
        await create_template(tx, "production", wanted, Edit(now=1, editor="k"), SEED)

        for brand_id in ("default", "b"):
            with pytest.raises(Conflict):
                await delete_brand(tx, "production", brand_id)
        with pytest.raises(NotFound):
            await delete_brand(tx, "test", "b")


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("", {}),
        ("n" * 201, {}),
        ("n", {"colors": "blue"}),
        ("n", {"colors": {"primary": "blue"}}),
        ("n", {"colors": {"secondary": "#12"}}),
        ("n", {"colors": {"primary": 3}}),
    ],
)
async def test_what_is_no_brand_is_refused(sqlite: Database, name: str, settings: Any) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid):
            await create_brand(tx, "production", None, WantedBrand(name=name, settings=settings), now=1, seed=SEED)
