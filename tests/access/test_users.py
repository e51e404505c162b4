"""Who may use Studio, on both databases."""

import anyio
import pytest

from posthorn.access.sessions import use_link_token
from posthorn.access.users import (
    change_password,
    change_role,
    check_sign_in,
    invite,
    list_users,
    new_link,
    remove_user,
    role_of,
)
from posthorn.errors import Conflict, Invalid, NotFound, Unauthenticated
from posthorn.storage.database import Database

NOW = 1_700_000_000_000


@pytest.mark.anyio
async def test_somebody_comes_changes_and_goes(database: Database) -> None:
    async with database.transaction() as tx:
        user, token = await invite(tx, email="Ada@Example.test", name=" Ada ", role="viewer", now=NOW)
        assert await use_link_token(tx, token, NOW) == user.user_id
        assert (await change_role(tx, user.user_id, "owner")).role == "owner"
        (listed,) = await list_users(tx)
        second = await new_link(tx, user.user_id, NOW)
        await remove_user(tx, user.user_id)
        assert await use_link_token(tx, second, NOW) is None
        assert await list_users(tx) == []

    assert (listed.email, listed.name, listed.role) == ("ada@example.test", "Ada", "owner")


@pytest.mark.anyio
async def test_an_address_is_taken_once(database: Database) -> None:
    async with database.transaction() as tx:
        await invite(tx, email="ada@example.test", name="", role="viewer", now=NOW)
        with pytest.raises(Conflict):
            await invite(tx, email="ADA@example.test", name="", role="viewer", now=NOW)


@pytest.mark.anyio
async def test_nobody_is_changed_who_is_not_there(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        for call in (change_role(tx, "usr_none", "owner"), remove_user(tx, "usr_none"), new_link(tx, "usr_none", NOW)):
            with pytest.raises(NotFound):
                await call


@pytest.mark.anyio
async def test_a_password_is_checked_and_changed(sqlite: Database) -> None:
    limiter = anyio.CapacityLimiter(1)
    async with sqlite.transaction() as tx:
        user, _ = await invite(tx, email="ada@example.test", name="", role="viewer", now=NOW)
    with pytest.raises(Unauthenticated):
        await check_sign_in(sqlite, "ada@example.test", "", limiter)
    await change_password(sqlite, user, old="", new="long enough", now=NOW + 1, limiter=limiter)
    with pytest.raises(Invalid):
        await change_password(sqlite, user, old="guess", new="long enough too", now=NOW + 2, limiter=limiter)

    found = await check_sign_in(sqlite, " ADA@example.test ", "long enough", limiter)

    assert (found.user_id, found.sessions_from) == (user.user_id, NOW + 1)


@pytest.mark.parametrize("role", ["", "king", "Owner"])
def test_there_are_three_roles(role: str) -> None:
    with pytest.raises(Invalid):
        role_of(role)
