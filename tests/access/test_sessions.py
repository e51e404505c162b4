import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.access.sessions import (
    LINK_MS,
    SESSION_MS,
    SignInLimit,
    ensure_password,
    new_link_token,
    new_session,
    password_is_right,
    session_of,
    set_cookie,
    stored_password,
    use_link_token,
)
from posthorn.errors import Invalid, TooMany
from posthorn.secrets import Vault
from posthorn.storage.database import Database

NOW = 1_700_000_000_000


VAULT = Vault(b"a secret key for tests")


def test_a_session_is_valid_until_it_expires() -> None:
    value = new_session(VAULT, NOW)

    assert session_of(VAULT, value, NOW + SESSION_MS - 1)
    assert not session_of(VAULT, value, NOW + SESSION_MS)


def test_a_session_of_another_key_or_another_purpose_is_not_valid() -> None:
    assert not session_of(VAULT, new_session(Vault(b"another key for tests"), NOW), NOW)
    assert not session_of(VAULT, VAULT.sign("click", b"\xff" * 24), NOW)


@given(st.text())
def test_what_was_never_signed_is_not_valid(value: str) -> None:
    assert not session_of(VAULT, value, 0)


def test_a_cookie_is_kept_from_scripts_and_other_sites() -> None:
    cookie = set_cookie("v", is_secure=True)

    assert cookie == "posthorn_session=v; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
    assert "Max-Age=0" in set_cookie("", is_secure=False)


@pytest.mark.anyio
async def test_a_link_signs_in_once(database: Database) -> None:
    async with database.transaction() as tx:
        token = await new_link_token(tx, NOW)

        assert await use_link_token(tx, token, NOW + 1) == ""
        assert await use_link_token(tx, token, NOW + 2) is None
        assert await use_link_token(tx, "\ud800", NOW) is None


@pytest.mark.anyio
async def test_a_link_expires_without_harm_to_younger_ones(database: Database) -> None:
    async with database.transaction() as tx:
        old = await new_link_token(tx, NOW)
        young = await new_link_token(tx, NOW + LINK_MS)

        assert await use_link_token(tx, old, NOW + LINK_MS) is None
        assert await use_link_token(tx, young, NOW + LINK_MS + 1) == ""


@pytest.mark.anyio
async def test_a_password_replaces_the_one_before(database: Database) -> None:
    async with database.transaction() as tx:
        await ensure_password(tx, "first", NOW)
        first = await stored_password(tx)
        await ensure_password(tx, "first", NOW)
        assert await stored_password(tx) == first
        await ensure_password(tx, "second", NOW)
        stored = await stored_password(tx)

    limiter = anyio.CapacityLimiter(1)
    assert stored is not None
    assert "second" not in stored
    assert await password_is_right(stored, "second", limiter)
    assert not await password_is_right(stored, "first", limiter)
    assert not await password_is_right(None, "second", limiter)
    assert not await password_is_right(stored, "s" * 1_001, limiter)


@pytest.mark.anyio
@pytest.mark.parametrize("password", ["", "s" * 1_001])
async def test_an_empty_or_endless_password_is_refused(sqlite: Database, password: str) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid):
            await ensure_password(tx, password, NOW)


def test_failed_sign_ins_are_limited_for_a_minute() -> None:
    limit = SignInLimit(failures=2)
    limit.failed(NOW)
    limit.check(NOW)
    limit.failed(NOW + 10)

    with pytest.raises(TooMany) as refusal:
        limit.check(NOW + 20)
    assert refusal.value.retry_after_ms == 59_980
    limit.check(NOW + 60_000)
