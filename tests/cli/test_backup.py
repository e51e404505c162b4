import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

CREATE = ("keys", "create", "--kind", "api", "--environment", "production", "--name")


def test_a_backup_holds_what_a_running_server_has_committed(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn(*CREATE, "before")
    with closing(sqlite3.connect(tmp_path / "data/posthorn.db", isolation_level=None)) as server:
        server.execute("BEGIN IMMEDIATE")
        server.execute("UPDATE access_keys SET name = 'half done'")
        ended = posthorn("backup", "copy.db")
        server.execute("ROLLBACK")

    assert ended.code == 0
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM access_keys").fetchall() == [("before",)]


def test_a_restored_database_is_that_of_the_backup_with_dispatch_paused(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn(*CREATE, "before")
    posthorn("backup", "copy.db")
    posthorn(*CREATE, "after")

    assert posthorn("restore", "copy.db", "--force").code == 0

    assert "after" not in posthorn("keys", "list").out
    assert "before" in posthorn("keys", "list").out
    assert posthorn("dispatch", "status").out == "Dispatch is paused: This database was restored from a backup.\n"
    assert len(list((tmp_path / "data").glob("posthorn.db.before-restore-*"))) == 1


def test_a_restore_needs_no_database_to_be_there(posthorn: Callable[..., Any]) -> None:
    posthorn(*CREATE, "before")
    posthorn("backup", "copy.db")

    assert posthorn("restore", "copy.db", "--data", "new").code == 0
    assert "before" in posthorn("keys", "list", "--data", "new").out


def test_a_restore_does_not_overwrite_unasked(posthorn: Callable[..., Any]) -> None:
    posthorn(*CREATE, "before")
    posthorn("backup", "copy.db")

    ended = posthorn("restore", "copy.db")

    assert ended.code == 1
    assert "--force puts it aside" in ended.err


def test_a_restore_is_refused_while_a_server_uses_the_database(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn(*CREATE, "before")
    posthorn("backup", "copy.db")
    with closing(sqlite3.connect(tmp_path / "data/posthorn.db")) as server:
        server.execute("SELECT count(1) FROM access_keys").fetchone()
        ended = posthorn("restore", "copy.db", "--force")

    assert ended.code == 1
    assert "stop it first" in ended.err
    assert "before" in posthorn("keys", "list").out


def test_what_is_no_backup_is_refused(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam" * 1_000)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")

    for name, said in [("letter.txt", "not a backup"), ("other.db", "not a backup"), ("none.db", "no file none.db")]:
        ended = posthorn("restore", name)
        assert ended.code == 1
        assert said in ended.err


def test_a_backup_never_replaces_the_database_itself(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn(*CREATE, "before")
    (tmp_path / "old.db").write_text("x")

    assert posthorn("backup", "data/posthorn.db", "--force").code == 1
    assert posthorn("backup", "old.db").code == 1
    assert posthorn("backup", "old.db", "--force").code == 0


def test_a_damaged_database_can_be_put_aside(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    posthorn(*CREATE, "before")
    posthorn("backup", "copy.db")
    (tmp_path / "data/posthorn.db").write_bytes(b"\xff" * 8_192)

    assert posthorn("restore", "copy.db", "--force").code == 0
    assert "before" in posthorn("keys", "list").out


def test_dispatch_is_paused_and_let_go_on(posthorn: Callable[..., Any]) -> None:
    posthorn("migrate")

    posthorn("dispatch", "pause", "--reason", "wrong template")
    assert posthorn("dispatch", "status").out == "Dispatch is paused: wrong template\n"
    posthorn("dispatch", "resume")
    assert posthorn("dispatch", "status").out == "Dispatch is running.\n"
