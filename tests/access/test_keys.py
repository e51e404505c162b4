import pytest

from posthorn.access.keys import KeyRequest, create_key, ensure_preset, key_hash, list_keys, revoke_key
from posthorn.errors import Invalid, NotFound
from posthorn.storage.database import Database
from posthorn.storage.revision import revision

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("wanted", "start"),
    [
        (KeyRequest(kind="api", environment="production"), "pk_prod_"),
        (KeyRequest(kind="api", environment="test"), "pk_test_"),
        (KeyRequest(kind="api", environment="production", renders_drafts=True), "dk_prod_"),
        (KeyRequest(kind="api", environment="test", renders_drafts=True), "dk_test_"),
        (KeyRequest(kind="write", environment="production"), "wk_prod_"),
    ],
)
async def test_a_key_tells_by_its_form_what_it_opens(sqlite: Database, wanted: KeyRequest, start: str) -> None:
    async with sqlite.transaction() as tx:
        made = await create_key(tx, wanted, now=1)

    assert made.key.startswith(start)
    assert len(made.key) == len(start) + 32


async def test_a_list_shows_the_last_four_and_never_the_key(database: Database) -> None:
    async with database.transaction() as tx:
        made = await create_key(tx, KeyRequest(kind="api", environment="test", name="shop"), now=7)

    async with database.snapshot() as tx:
        (shown,) = await list_keys(tx)
    assert (shown.name, shown.environment, shown.created_at, shown.revoked_at) == ("shop", "test", 7, None)
    assert shown.hint == made.key[-4:]
    assert made.key not in repr(shown)


async def test_revoking_twice_keeps_the_first_moment(database: Database) -> None:
    async with database.transaction() as tx:
        made = await create_key(tx, KeyRequest(kind="api", environment="test"), now=1)
        await revoke_key(tx, made.shown.key_id, now=2)
        await revoke_key(tx, made.shown.key_id, now=3)

        assert [key.revoked_at for key in await list_keys(tx)] == [2]


async def test_revoking_an_unknown_key_is_refused(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(NotFound, match="key_nobody"):
            await revoke_key(tx, "key_nobody", now=1)


async def test_a_preset_key_exists_once_whatever_its_form(database: Database) -> None:
    async with database.transaction() as tx:
        first = await ensure_preset(tx, "My API Key", "api", now=1)
        again = await ensure_preset(tx, "My API Key", "api", now=2)

        assert first == again
        assert (first.environment, first.hint) == ("production", "")


async def test_the_same_text_may_be_an_api_key_and_a_write_key(database: Database) -> None:
    async with database.transaction() as tx:
        await ensure_preset(tx, "same", "api", now=1)
        await ensure_preset(tx, "same", "write", now=1)

        assert sorted(key.kind for key in await list_keys(tx)) == ["api", "write"]


async def test_a_preset_key_that_was_revoked_stays_revoked(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        preset = await ensure_preset(tx, "leaked-to-the-world", "api", now=1)
        await revoke_key(tx, preset.key_id, now=2)

        assert (await ensure_preset(tx, "leaked-to-the-world", "api", now=3)).revoked_at == 2


async def test_every_change_moves_the_revision_and_nothing_else_does(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        before = await revision(tx)
        preset = await ensure_preset(tx, "k", "api", now=1)
        after_preset = await revision(tx)
        await ensure_preset(tx, "k", "api", now=1)
        assert before != after_preset == await revision(tx)

        await revoke_key(tx, preset.key_id, now=2)
        assert await revision(tx) != after_preset


@pytest.mark.parametrize(
    "wanted",
    [
        KeyRequest(kind="write", environment="test", renders_drafts=True),
        KeyRequest(kind="api", environment="test", source_id="src_test"),
        KeyRequest(kind="api", environment="test", name="a\nb"),
        KeyRequest(kind="api", environment="test", name="a" * 201),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(sqlite: Database, wanted: KeyRequest) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid):
            await create_key(tx, wanted, now=1)


async def test_a_write_key_of_an_unknown_source_is_refused(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(NotFound, match="src_elsewhere"):
            await create_key(tx, KeyRequest(kind="write", environment="test", source_id="src_elsewhere"), now=1)


def test_any_text_has_a_hash_of_its_own() -> None:
    assert key_hash("\ud800") != key_hash("?")
    assert len(key_hash("")) == 32
