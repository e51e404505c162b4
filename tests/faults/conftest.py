"""A launcher of servers for the session, a server for the test, and a way to tell people what was counted."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from faults.fault_server import Launcher, Server
from posthorn.storage.migrate import migrate
from posthorn.storage.postgres import open_postgres


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Starts servers; whatever still runs at the end is killed."""
    one = Launcher()
    yield one
    one.close()


@pytest.fixture
def server(launcher: Launcher, tmp_path: Path) -> Iterator[Server]:
    """A server that is not started yet; a process left over at the end is killed."""
    one = Server(launcher, tmp_path / "data")
    yield one
    one.end()


@pytest.fixture
async def postgres_server_of_faults(launcher: Launcher, tmp_path: Path, postgres_url: str) -> AsyncIterator[Server]:
    """The same over PostgreSQL."""
    database = await open_postgres(postgres_url)
    await migrate(database)
    await database.close()
    one = Server(launcher, tmp_path / "data", postgres_url)
    yield one
    one.end()


@pytest.fixture(params=["sqlite", "postgres"])
def either_server(request: pytest.FixtureRequest) -> Server:
    """The same test over both databases."""
    return request.getfixturevalue("server" if request.param == "sqlite" else "postgres_server_of_faults")


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Writes a line that is seen although the test passes."""

    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {line}\n")

    return write
