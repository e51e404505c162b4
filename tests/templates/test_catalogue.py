import pytest

from posthorn.storage.database import Database
from posthorn.templates.catalogue import load_catalogue
from posthorn.templates.model import Edit, Payload, Wanted
from posthorn.templates.write import create_template, replace_template

pytestmark = pytest.mark.anyio

EDIT = Edit(now=1_772_443_200_000, editor="key_1")
PUBLISH = Edit(now=1_772_443_200_000, editor="key_1", publish=True)


def wanted(body: str) -> Wanted:
    return Wanted(payload=Payload(name="Welcome", content={"title": "Hi", "body": body}), alias="welcome")


async def test_the_catalogue_finds_by_id_and_alias(database: Database):
    async with database.transaction() as tx:
        made = await create_template(tx, "production", wanted("one"), PUBLISH, b"1" * 16)
        await replace_template(tx, "production", "welcome", wanted("two"), EDIT)
        catalogue = await load_catalogue(tx)

    published = catalogue.find("production", "welcome", draft=False)
    draft = catalogue.find("production", made.template_id, draft=True)
    assert published is not None
    assert draft is not None
    assert published.content["elements"][1]["content"] == "one"
    assert draft.content["elements"][1]["content"] == "two"


async def test_the_catalogue_tells_unknown_from_unpublished(sqlite: Database):
    async with sqlite.transaction() as tx:
        await create_template(tx, "production", wanted("one"), EDIT, b"1" * 16)
        catalogue = await load_catalogue(tx)

    assert catalogue.find("production", "welcome", draft=False) is None
    assert catalogue.standing("production", "welcome") == "unpublished"
    assert catalogue.standing("production", "nobody") == "unknown"
    assert catalogue.standing("test", "welcome") == "unknown"
