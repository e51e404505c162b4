from typing import Any

import pytest

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.storage.database import Database
from posthorn.storage.revision import revision
from posthorn.templates.catalogue import load_catalogue
from posthorn.templates.model import Edit, Payload, Wanted
from posthorn.templates.read import list_templates, list_versions, read_template
from posthorn.templates.write import archive, create_template, publish, put_content, put_element, put_locale, replace_template

pytestmark = pytest.mark.anyio

EDIT = Edit(now=1_772_443_200_000, editor="key_1")
PUBLISH = Edit(now=1_772_443_201_000, editor="key_1", publish=True)


def wanted(text: str = "Hello", alias: str | None = None, **fields: Any) -> Wanted:
    content = {"elements": [{"type": "text", "id": "greeting", "content": text}, {"type": "divider"}]}
    return Wanted(payload=Payload(name="Welcome", content=content, **fields), alias=alias)


async def test_a_draft_is_stored_and_not_published(database: Database):
    async with database.transaction() as tx:
        made = await create_template(tx, "production", wanted(tags=("a",), topic_id="pt_1", alias="welcome"), EDIT, b"1" * 16)

    async with database.snapshot() as tx:
        assert await read_template(tx, "production", "welcome", "draft") == made
        with pytest.raises(NotFound, match=f"Notification template {made.template_id} not found"):
            await read_template(tx, "production", made.template_id)
    assert made.template_id.startswith("nt_")
    assert made.state == "DRAFT"
    assert made.content["version"] == "2022-01-01"
    assert made.content["elements"][1]["id"].startswith("elem_")


async def test_versions_count_up_with_each_publish(database: Database):
    async with database.transaction() as tx:
        first = await create_template(tx, "production", wanted("one"), PUBLISH, b"1" * 16)
        name = first.template_id
        second = await replace_template(tx, "production", name, wanted("two"), PUBLISH)
        again = await publish(tx, "production", name, None, EDIT)
        listed = await list_versions(tx, "production", name, below=10**9, limit=10)

    assert (first.version, second.version, again) == (1, 2, 2)
    assert [entry.version for entry in listed] == [2, 1]
    assert second.state == "PUBLISHED"


async def test_a_former_version_can_be_published_again(database: Database):
    async with database.transaction() as tx:
        name = (await create_template(tx, "production", wanted("one"), PUBLISH, b"1" * 16)).template_id
        await replace_template(tx, "production", name, wanted("two"), PUBLISH)
        await publish(tx, "production", name, "v001", EDIT)
        shown = await read_template(tx, "production", name)
        third = await publish(tx, "production", name, None, EDIT)

    assert shown.content["elements"][0]["content"] == "one"
    assert third == 3


@pytest.mark.parametrize(
    ("version", "error", "message"), [("1", Invalid, "Expected format"), ("v009", NotFound, "Version not found for template")]
)
async def test_an_unknown_version_cannot_be_published(sqlite: Database, version: str, error: type[Exception], message: str):
    async with sqlite.transaction() as tx:
        name = (await create_template(tx, "production", wanted(), EDIT, b"1" * 16)).template_id
        with pytest.raises(error, match=message):
            await publish(tx, "production", name, version, EDIT)


async def test_an_alias_belongs_to_one_template(database: Database):
    async with database.transaction() as tx:
        first = await create_template(tx, "production", wanted(alias="welcome"), EDIT, b"1" * 16)
        with pytest.raises(Conflict, match="taken"):
            await create_template(tx, "production", wanted(alias="welcome"), EDIT, b"2" * 16)
        await replace_template(tx, "production", "welcome", wanted(alias="welcome"), EDIT)
        await create_template(tx, "test", wanted(alias="welcome"), EDIT, b"1" * 16)
        await archive(tx, "production", first.template_id, EDIT)
        await create_template(tx, "production", wanted(alias="welcome"), EDIT, b"3" * 16)


@pytest.mark.parametrize("alias", ["", "tenant/x", "x" * 600])
async def test_a_wrong_alias_is_refused(sqlite: Database, alias: str):
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid, match="alias"):
            await create_template(tx, "production", wanted(alias=alias), EDIT, b"1" * 16)


async def test_wrong_content_is_refused_with_its_place(sqlite: Database):
    payload = Payload(name="x", content={"elements": [{"type": "nothing"}]})

    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid, match=r"notification.content.elements\[0\].type: Unknown element type"):
            await create_template(tx, "production", Wanted(payload=payload), EDIT, b"1" * 16)


async def test_parts_of_the_draft_are_changed_by_id(database: Database):
    async with database.transaction() as tx:
        name = (await create_template(tx, "production", wanted("one"), PUBLISH, b"1" * 16)).template_id
        await put_element(tx, "production", name, "greeting", {"type": "text", "content": "two"}, EDIT)
        changed = await put_locale(tx, "production", name, "fr", {"greeting": {"content": "deux"}}, EDIT)
        published = await read_template(tx, "production", name)

    assert changed.content["elements"][0] == {
        "type": "text",
        "id": "greeting",
        "content": "two",
        "locales": {"fr": {"content": "deux"}},
    }
    assert published.content["elements"][0]["content"] == "one"


async def test_the_whole_content_is_replaced(sqlite: Database):
    async with sqlite.transaction() as tx:
        name = (await create_template(tx, "production", wanted(tags=("kept",)), EDIT, b"1" * 16)).template_id
        changed = await put_content(tx, "production", name, {"title": "A", "body": "B"}, EDIT)

    assert [element["type"] for element in changed.content["elements"]] == ["meta", "text"]
    assert changed.tags == ("kept",)


async def test_an_unknown_element_is_named(sqlite: Database):
    async with sqlite.transaction() as tx:
        name = (await create_template(tx, "production", wanted(), EDIT, b"1" * 16)).template_id
        with pytest.raises(NotFound, match=f"Element nobody not found in template {name}"):
            await put_element(tx, "production", name, "nobody", {"type": "divider"}, EDIT)
        with pytest.raises(NotFound, match="Element nobody"):
            await put_locale(tx, "production", name, "fr", {"nobody": {}}, EDIT)
        with pytest.raises(Invalid, match="locale"):
            await put_locale(tx, "production", name, "no locale!", {}, EDIT)


async def test_an_archived_template_is_readable_and_no_longer_found(database: Database):
    async with database.transaction() as tx:
        name = (await create_template(tx, "production", wanted(), PUBLISH, b"1" * 16)).template_id
        await archive(tx, "production", name, EDIT)
        await archive(tx, "production", name, EDIT)
        catalogue = await load_catalogue(tx)
        assert (await read_template(tx, "production", name)).archived_at == EDIT.now
        assert await list_templates(tx, "production", after="", limit=10) == []
        with pytest.raises(Conflict, match="archived"):
            await replace_template(tx, "production", name, wanted(), EDIT)

    assert catalogue.find("production", name, draft=False) is None
    assert catalogue.standing("production", name) == "archived"


async def test_every_change_moves_the_revision(sqlite: Database):
    async with sqlite.transaction() as tx:
        before = await revision(tx)
        name = (await create_template(tx, "production", wanted(), EDIT, b"1" * 16)).template_id
        created = await revision(tx)
        await publish(tx, "production", name, None, EDIT)

        assert len({before, created, await revision(tx)}) == 3


async def test_environments_are_apart(sqlite: Database):
    async with sqlite.transaction() as tx:
        name = (await create_template(tx, "production", wanted(), PUBLISH, b"1" * 16)).template_id
        with pytest.raises(NotFound):
            await read_template(tx, "test", name)
