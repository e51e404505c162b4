"""`import-list` and `export-list` against a server that runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Posthorn
from live_server import API_KEY, LiveServer, live_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("import-list")) as running:
        yield running


def _at(server: LiveServer) -> tuple[str, ...]:
    return "--url", server.url, "--api-key", API_KEY


def test_a_file_goes_in_and_comes_out_again(posthorn: Posthorn, server: LiveServer, tmp_path: Path) -> None:
    users = [f"u-{number:04}" for number in range(1_100)]
    (tmp_path / "in.csv").write_text("user_id,email\n" + "".join(f"{user},{user}@example.test\n" for user in users))

    imported = posthorn("import-list", "news.daily", "in.csv", *_at(server))
    exported = posthorn("export-list", "news.daily", "out.csv", *_at(server))

    assert (imported.code, imported.out) == (0, "1,100 of 1,100 users are on news.daily.\n")
    assert "say nothing about a subscription: email" in imported.err
    assert exported.code == 0
    written = (tmp_path / "out.csv").read_text().splitlines()
    assert written[0] == "user_id,created,preferences"
    assert [line.split(",")[0] for line in written[1:]] == users


def test_refused_lines_are_told_one_by_one_and_the_others_are_taken(
    posthorn: Posthorn, server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_bytes(b'user_id,preferences\nu-1\n\n,\n"broken\nu-2,{}\nu-3,nonsense\nu/4 %#\n')

    ended = posthorn("import-list", "mixed", "in.csv", *_at(server))

    assert (ended.code, ended.out) == (1, "3 of 6 users are on mixed.\n")
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["line 4", "line 5", "line 7", "posthorn"]
    found = server.call("GET", "/lists/mixed/subscriptions")["items"]
    assert [one["recipientId"] for one in found] == ["u-1", "u-2", "u/4 %#"]


def test_what_is_exported_can_be_imported_elsewhere(posthorn: Posthorn, server: LiveServer, tmp_path: Path) -> None:
    wanted = {"categories": {"c": {"status": "OPTED_IN"}}}
    server.call("PUT", '/lists/first/subscriptions/a,"b"', {"preferences": wanted})

    (tmp_path / "x.csv").write_text(posthorn("export-list", "first", *_at(server)).out)
    posthorn("import-list", "second", "x.csv", *_at(server))

    [one] = server.call("GET", "/lists/second/subscriptions")["items"]
    assert (one["recipientId"], one["preferences"]) == ('a,"b"', wanted)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("import-list", "a..b", "in.csv"), "Invalid list id"),
        (("import-list", "a", "missing.csv"), "cannot be read"),
        (("import-list", "a", "plain.csv"), "must name the columns"),
        (("export-list", "nowhere"), "List not found"),
        (("export-list", "news", "/no/such/folder/x.csv"), "List not found"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    posthorn: Posthorn, server: LiveServer, tmp_path: Path, arguments: tuple[str, ...], text: str
) -> None:
    (tmp_path / "plain.csv").write_text("email\nx\n")

    ended = posthorn(*arguments, *_at(server))

    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert text in ended.err


def test_a_wrong_key_is_said_to_be_one(posthorn: Posthorn, server: LiveServer) -> None:
    ended = posthorn("export-list", "news", "--url", server.url, "--api-key", "wrong")

    assert (ended.code, "API key" in ended.err) == (1, True)
