import pytest

from posthorn.access.directory import load_directory
from posthorn.access.keys import KeyRequest, create_key, ensure_preset, revoke_key
from posthorn.access.model import ApiKey, Source
from posthorn.access.sources import create_source, list_sources, update_source
from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.secrets import Vault
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


VAULT = Vault(b"a secret key for tests")
ANOTHER_VAULT = Vault(b"another key for tests")
WEB = Source(
    source_id="src_web",
    environment="test",
    name="Shop front",
    kind="web",
    allowed_origins=("https://shop.example",),
    rate_per_second=5,
    shared_secrets=("hush", "older hush"),
)


async def test_a_write_key_opens_its_source_with_all_its_settings(database: Database) -> None:
    async with database.transaction() as tx:
        await create_source(tx, WEB, VAULT, now=1)
        made = await create_key(tx, KeyRequest(kind="write", environment="test", source_id="src_web"), now=1)

    async with database.snapshot() as tx:
        directory = await load_directory(tx, VAULT)
    assert directory.source_of_write_key(made.key) == WEB
    assert directory.source("src_web") == WEB
    assert directory.source_of_write_key(made.key + "x") is None
    assert directory.api_key(made.key) is None


async def test_an_api_key_opens_its_environment(database: Database) -> None:
    async with database.transaction() as tx:
        made = await create_key(tx, KeyRequest(kind="api", environment="test", name="n", renders_drafts=True), now=1)
        directory = await load_directory(tx, VAULT)

    assert directory.api_key(made.key) == ApiKey(key_id=made.shown.key_id, environment="test", name="n", renders_drafts=True)
    assert directory.source_of_write_key(made.key) is None


async def test_write_keys_without_a_source_share_the_default_one(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        await ensure_preset(tx, "wk with spaces", "write", now=1)
        directory = await load_directory(tx, VAULT)

    source = directory.source_of_write_key("wk with spaces")
    assert source == Source(source_id="src_production", environment="production", name="Default")


async def test_a_revoked_key_opens_nothing(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        made = await create_key(tx, KeyRequest(kind="api", environment="test"), now=1)
        await revoke_key(tx, made.shown.key_id, now=2)

        assert (await load_directory(tx, VAULT)).api_key(made.key) is None


async def test_shared_secrets_lie_sealed(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        await create_source(tx, WEB, VAULT, now=1)

        with pytest.raises(Invalid, match="secret key"):
            await list_sources(tx, ANOTHER_VAULT)


async def test_a_source_is_changed_within_its_environment_only(database: Database) -> None:
    changed = Source(source_id="src_web", environment="test", name="Closed", enabled=False)
    async with database.transaction() as tx:
        await create_source(tx, WEB, VAULT, now=1)
        await update_source(tx, changed, VAULT, now=2)
        assert await list_sources(tx, VAULT) == [changed]

        with pytest.raises(NotFound):
            await update_source(tx, Source(source_id="src_web", environment="production", name="x"), VAULT, now=3)
        with pytest.raises(Conflict):
            await create_source(tx, WEB, VAULT, now=4)


@pytest.mark.parametrize(
    "source",
    [
        Source(source_id="", environment="test", name="x"),
        Source(source_id="a\n", environment="test", name="x"),
        Source(source_id="a", environment="staging", name="x"),
        Source(source_id="a", environment="test", name="x", burst=-1),
        Source(source_id="a", environment="test", name="x", require_signature_and_key=True),
    ],
)
async def test_settings_that_make_no_sense_are_refused(sqlite: Database, source: Source) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid):
            await create_source(tx, source, VAULT, now=1)
