from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio

from posthorn.access.sessions import use_link_token
from posthorn.clock import SystemClock
from posthorn.storage.sqlite import open_sqlite


async def _use(path: Path, token: str) -> str | None:
    database = open_sqlite(path, SystemClock())
    try:
        async with database.transaction() as tx:
            return await use_link_token(tx, token, SystemClock().now_ms())
    finally:
        await database.close()


def test_the_link_stands_alone_on_stdout_and_works_once(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn("migrate")
    ended = posthorn("studio-link", "--public-url", "https://mail.example.test")

    address, _, token = ended.out.strip().partition("?link=")
    assert ended.code == 0
    assert address == "https://mail.example.test/studio/"
    assert anyio.run(_use, tmp_path / "data" / "posthorn.db", token) == ""
    assert anyio.run(_use, tmp_path / "data" / "posthorn.db", token) is None


def test_without_a_database_there_is_nothing_to_link_to(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    ended = posthorn("studio-link")

    assert ended.code == 1
    assert "posthorn serve" in ended.err
    assert not (tmp_path / "data" / "posthorn.db").exists()
