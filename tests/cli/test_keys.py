from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_new_key_stands_alone_on_stdout_and_is_never_shown_again(posthorn: Callable[..., Any]) -> None:
    made = posthorn("keys", "create", "--kind", "write", "--environment", "production", "--name", "shop")
    listed = posthorn("keys", "list")

    key = made.out.strip()
    assert (made.code, made.out) == (0, f"{key}\n")
    assert key.startswith("wk_prod_")
    assert key not in made.err + listed.out
    assert "shop" in listed.out
    assert key[-4:] in listed.out


def test_a_revoked_key_stays_in_the_list_with_the_moment(posthorn: Callable[..., Any]) -> None:
    posthorn("keys", "create", "--kind", "api", "--environment", "test")
    key_id = posthorn("keys", "list").out.splitlines()[1].split()[0]

    assert posthorn("keys", "revoke", key_id).code == 0
    assert posthorn("keys", "revoke", key_id).code == 0
    assert posthorn("keys", "list").out.count("Z\n") == 1
    assert posthorn("keys", "list").out.splitlines()[1].count("T") == 2


def test_an_unknown_id_is_refused(posthorn: Callable[..., Any]) -> None:
    posthorn("migrate")

    ended = posthorn("keys", "revoke", "key_nobody")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "posthorn: There is no key with the id 'key_nobody'; `posthorn keys list` shows them.\n"


def test_a_question_does_not_make_a_database(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    ended = posthorn("keys", "list", "--data", "elsewhere")

    assert ended.code == 1
    assert "There is no database at elsewhere/posthorn.db" in ended.err
    assert not (tmp_path / "elsewhere").exists()


def test_a_database_that_cannot_be_opened_is_told_in_one_line(posthorn: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/posthorn.db").write_bytes(b"\xff" * 8_192)

    ended = posthorn("keys", "list")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "posthorn: The database data/posthorn.db cannot be opened: file is not a database\n"
