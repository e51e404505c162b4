import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from posthorn.cli.findings import clock_finding, public_url_finding
from posthorn.secrets import load_or_create_key
from posthorn.settings import load_settings
from posthorn.storage.probe import Probe

NOBODY = 9  # the discard port, where nothing listens


@pytest.fixture(autouse=True)
def _nobody_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTHORN_PORT", str(NOBODY))


def states(out: str) -> dict[str, str]:
    lines = [line for line in out.splitlines() if line[:4].strip()]
    return {line[6:].split("  ")[0]: line[:4].strip() for line in lines}


def test_before_the_first_start_it_says_what_makes_the_database(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    ended = posthorn("doctor")

    assert ended.code == 1
    assert states(ended.out)["database"] == "fail"
    assert "-> `posthorn serve` makes it." in ended.out
    assert ended.err == "posthorn: Failed: database.\n"
    assert not (tmp_path / "data").exists()


def test_a_machine_in_order_has_only_hints(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    for kind in ("api", "write"):
        posthorn("keys", "create", "--kind", kind, "--environment", "production")
    load_or_create_key(tmp_path / "data/secret.key")

    ended = posthorn("doctor")

    assert ended.code == 0
    assert states(ended.out) == {
        "settings": "ok",
        "data folder": "ok",
        "secret key": "ok",
        "database": "ok",
        "clock": "ok",
        "keys": "ok",
        "dispatch": "ok",
        "e-mail": "ok",
        "Segment": "warn",
        "server": "warn",
        "public URL": "warn",
    }


def test_without_a_provider_it_says_that_mail_stays_in_the_mailbox(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn("migrate")
    load_or_create_key(tmp_path / "data/secret.key")

    assert "goes to the built-in mailbox" in posthorn("doctor").out


def test_what_is_wrong_is_named(posthorn: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posthorn("migrate")
    posthorn("dispatch", "pause")
    load_or_create_key(tmp_path / "data/secret.key")
    os.chmod(tmp_path / "data/secret.key", 0o644)
    monkeypatch.setenv("POSTHORN_PROT", "1")

    found = states(posthorn("doctor").out)

    assert {name: state for name, state in found.items() if name in {"settings", "secret key", "keys", "dispatch"}} == {
        "settings": "warn",
        "secret key": "fail",
        "keys": "warn",
        "dispatch": "warn",
    }


def test_a_file_that_is_no_database_is_told(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/posthorn.db").write_bytes(b"\xff" * 8_192)

    ended = posthorn("doctor")

    assert ended.code == 1
    assert "file is not a database" in ended.out


def test_looking_at_an_older_database_changes_nothing(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn("migrate")
    with closing(sqlite3.connect(tmp_path / "data/posthorn.db")) as database, database:
        database.execute("DELETE FROM schema_migrations WHERE name = '0003_access'")

    assert states(posthorn("doctor").out)["database"] == "warn"
    assert states(posthorn("doctor").out)["database"] == "warn"


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("http://127.0.0.1:8700", "warn"),
        ("http://localhost", "warn"),
        ("https://10.0.0.1", "warn"),
        ("http://mail.example.com", "warn"),
        ("https://mail.example.com", "ok"),
    ],
)
def test_a_public_url_leads_here_from_everywhere(tmp_path: Path, url: str, state: str) -> None:
    settings = load_settings({"public_url": url}, environment={}, folder=tmp_path)

    assert public_url_finding(settings).state == state


@pytest.mark.parametrize(
    ("theirs", "ours", "state"), [(0, 1, "fail"), (2 * 10**12, 2 * 10**12 + 2_001, "fail"), (0, 2 * 10**12, "ok")]
)
def test_a_clock_goes_with_that_of_the_database(theirs: int, ours: int, state: str) -> None:
    assert clock_finding(Probe(clock_ms=theirs), ours).state == state
