import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from posthorn.automations.definition import read_automation
from posthorn.automations.write import Draft, publish, put_draft
from posthorn.clock import SystemClock
from posthorn.storage.sqlite import open_sqlite

LEFT = json.dumps({"type": "track", "userId": "u-1", "event": "Cart Left", "timestamp": "2026-07-01T10:00:00Z"})
BODY = {
    "trigger": {"type": "segment", "event": "Cart Left"},
    "steps": [
        {"action": "delay", "duration": "2 hours"},
        {"action": "send", "message": {"to": {"email": "ada@example.test"}, "content": {"title": "Cart", "body": "."}}},
    ],
}


async def _write(path: Path) -> None:
    database = open_sqlite(path, SystemClock())
    draft = Draft(
        automation_id="cart",
        environment="production",
        kind="automation",
        name="Cart",
        definition=read_automation(BODY),
    )
    try:
        async with database.transaction() as tx:
            await put_draft(tx, draft, 0)
            await publish(tx, "production", "automation", "cart", 0)
    finally:
        await database.close()


@pytest.fixture
def shop(posthorn: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """A database with one automation, the draft of which is published."""
    posthorn("migrate")
    anyio.run(_write, tmp_path / "data" / "posthorn.db")
    return posthorn


def test_a_simulation_is_a_table_with_times(shop: Callable[..., Any]) -> None:
    ended = shop("simulate", "cart", "--event", LEFT, "--at", "2026-07-01T10:00:00Z")

    assert (ended.code, ended.err) == (0, "")
    assert "2026-07-01T12:00:00.000Z  send     PROCESSED" in ended.out


def test_a_simulation_as_json_is_read_by_programs(shop: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(LEFT)

    ended = shop("simulate", "cart", "--event", "@event.json", "--at", "2026-07-01T10:00:00Z", "--json", "--published")

    assert [line["what"] for line in json.loads(ended.out)["lines"]][:3] == ["event", "run", "delay"]


def test_a_replay_of_nothing_finds_nothing(shop: Callable[..., Any]) -> None:
    ended = shop("replay", "cart", "--draft", "--since", "7d")

    assert (ended.code, "0 events: 0 newly, 0 no longer, 0 the same." in ended.out) == (0, True)


def test_an_explanation_names_the_first_gate_that_said_no(shop: Callable[..., Any]) -> None:
    ended = shop("explain", "u-1", "cart")

    assert ended.code == 0
    assert [line.split()[:2] for line in ended.out.splitlines()[1:]] == [["live", "yes"], ["event", "NO"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "none", "--event", "{}"),
        ("simulate", "cart", "--event", "{"),
        ("simulate", "cart", "--event", "@nowhere.json"),
        ("simulate", "cart", "--event", "[]"),
        ("simulate", "cart", "--event", LEFT, "--at", "soon"),
        ("replay", "cart", "--since", "soon"),
        ("explain", "u-1", "none"),
    ],
)
def test_what_cannot_be_tried_out_is_refused_in_one_line(shop: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    ended = shop(*arguments)

    assert (ended.code, len(ended.err.splitlines()), ended.out) == (1, 1, "")
