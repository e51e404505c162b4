"""Providers that are set up: on both databases."""

from typing import Any

import pytest

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.providers import installed
from posthorn.providers.installed import ProviderView, ProviderWish, load_installed
from posthorn.providers.smtp import Settings
from posthorn.secrets import Vault
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

NOW = 1_772_443_200_000
VAULT = Vault(b"k" * 32)
SMTP: dict[str, Any] = {"host": "mail.test", "from_address": "a@b.test", "password": "correct-horse"}


async def create(database: Database, **changes: Any) -> ProviderView:
    fields: dict[str, Any] = {"provider": "smtp", "settings": SMTP} | changes
    environment, now_ms = fields.pop("environment", "production"), fields.pop("now_ms", NOW)
    async with database.transaction() as tx:
        return await installed.create(tx, VAULT, environment, ProviderWish(**fields), now_ms=now_ms)


async def replace(database: Database, provider_id: str, **changes: Any) -> ProviderView:
    fields: dict[str, Any] = {"provider": "smtp", "settings": SMTP} | changes
    async with database.transaction() as tx:
        return await installed.replace(tx, VAULT, "production", provider_id, ProviderWish(**fields), now_ms=NOW + 5)


async def loaded(database: Database) -> list[tuple[str, str, str]]:
    async with database.snapshot() as tx:
        return [(each.environment, each.key, each.channel) for each in await load_installed(tx, VAULT)]


async def test_a_provider_is_shown_with_its_secrets_masked(database: Database) -> None:
    made = await create(database, alias="main")

    async with database.snapshot() as tx:
        shown = await installed.get(tx, VAULT, "production", made.id)
    assert shown == made
    assert made.id.startswith("pv_")
    assert (made.title, made.alias, made.created, made.updated) == ("Default Configuration", "main", NOW, None)
    assert made.settings == SMTP | {"password": "********orse"}


async def test_the_secret_is_open_in_memory_and_sealed_in_the_database(database: Database) -> None:
    await create(database)

    async with database.snapshot() as tx:
        (found, *_) = await load_installed(tx, VAULT)
        rows = await installed.store.all_providers(tx)
    assert isinstance(found.settings, Settings)
    assert (found.settings.password, found.settings.port) == ("correct-horse", 587)
    assert "correct-horse" not in rows[0].sealed_settings


async def test_a_mask_sent_back_keeps_the_secret_and_all_else_is_replaced(database: Database) -> None:
    made = await create(database, alias="main", title="Old")

    changed = await replace(database, made.id, settings=made.settings | {"host": "other.test"})

    async with database.snapshot() as tx:
        (found, *_) = await load_installed(tx, VAULT)
    assert (found.settings.password, found.settings.host) == ("correct-horse", "other.test")
    assert (changed.title, changed.alias, changed.updated) == ("Default Configuration", None, NOW + 5)


async def test_a_mask_of_something_else_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match=r"settings\.password: Send the secret itself"):
        await create(database, settings=SMTP | {"password": "********orse"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"provider": "pigeon"}, "provider: Unknown provider pigeon"),
        ({"settings": {}}, "settings.host: Required"),
        ({"settings": SMTP | {"port": "25"}}, "settings.port: Expected `int`"),
        ({"settings": SMTP | {"port": 0}}, "settings.port: Expected `int` >= 1"),
        ({"settings": SMTP | {"hots": 1}}, "settings.hots: Unknown setting"),
        ({"settings": SMTP | {"tls": "maybe"}}, "settings.tls: Invalid enum value 'maybe'"),
        ({"settings": SMTP | {"from_address": "x"}}, "settings.from_address: Not an e-mail address"),
        ({"settings": SMTP | {"password": 5}}, "settings.password: Expected `str`"),
        ({"title": ""}, "title: Must have 1 to 200 characters"),
        ({"alias": "catalog"}, "alias: Must have at most 200 characters and be none of catalog"),
    ],
)
async def test_a_wrong_wish_gets_one_clear_sentence(sqlite: Database, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await create(sqlite, **changes)

    assert refusal.value.message == sentence


async def test_an_alias_belongs_to_one(database: Database) -> None:
    made = await create(database, alias="main")

    with pytest.raises(Conflict, match="The alias main is taken"):
        await create(database, alias="main")
    await replace(database, made.id, alias="main")
    await create(database, alias="main", environment="test")


async def test_the_key_of_a_provider_stays(database: Database) -> None:
    made = await create(database)

    with pytest.raises(Invalid, match="provider: Must stay smtp"):
        await replace(database, made.id, provider="mock", settings={})


async def test_a_deleted_provider_is_gone(database: Database) -> None:
    made = await create(database, alias="main")

    async with database.transaction() as tx:
        await installed.delete(tx, "production", made.id, now_ms=NOW)

    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await installed.get(tx, VAULT, "production", made.id)
        with pytest.raises(NotFound):
            await installed.delete(tx, "production", made.id, now_ms=NOW)
    await create(database, alias="main")


async def test_environments_do_not_see_each_other(database: Database) -> None:
    made = await create(database, environment="test")

    async with database.snapshot() as tx:
        with pytest.raises(NotFound):
            await installed.get(tx, VAULT, "production", made.id)


async def test_pages_follow_each_other_in_order_of_id(database: Database) -> None:
    made = [(await create(database, now_ms=NOW + n)).id for n in range(5)]

    async with database.snapshot() as tx:
        first = await installed.page(tx, VAULT, "production", limit=3)
        second = await installed.page(tx, VAULT, "production", after_id=first[-1].id, limit=3)
    assert [view.id for view in first + second] == made


async def test_the_mailbox_is_there_until_another_provider_for_mail_is(database: Database) -> None:
    before = await loaded(database)
    await create(database, provider="mock", settings={"channel": "sms"})
    await create(database, now_ms=NOW + 1)

    assert before == [("production", "mailbox", "email"), ("test", "mailbox", "email")]
    assert await loaded(database) == [
        ("production", "mock", "sms"),
        ("production", "smtp", "email"),
        ("test", "mailbox", "email"),
    ]


async def test_another_secret_key_is_told_at_once(database: Database) -> None:
    await create(database)

    async with database.snapshot() as tx:
        with pytest.raises(Invalid, match="secret key"):
            await load_installed(tx, Vault(b"x" * 32))
