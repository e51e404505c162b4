"""What is made ready before anything runs."""

import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from posthorn.clock import FrozenClock
from posthorn.server.wiring import opened
from posthorn.settings import load_settings

pytestmark = pytest.mark.anyio


async def test_a_data_folder_made_by_us_is_its_owners_alone(tmp_path: Path, clock: FrozenClock) -> None:
    folder = tmp_path / "data"

    async with opened(load_settings({"data": str(folder)}, environment={}, folder=tmp_path), clock):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_database_that_a_newer_version_has_used_is_told_of(tmp_path: Path, clock: FrozenClock) -> None:
    settings = load_settings({"data": str(tmp_path)}, environment={}, folder=tmp_path)
    async with opened(settings, clock) as parts, parts.database.transaction() as tx:
        await tx.run("INSERT INTO schema_migrations (name, applied_at) VALUES (:name, 1)", name="9999_from_the_future")

    with capture_logs() as lines:
        async with opened(settings, clock):
            pass

    assert [line["migrations"] for line in lines if line["event"] == "database_is_newer"] == [["9999_from_the_future"]]
