"""The process: it starts, is told to stop, and goes on where it was."""

from pathlib import Path

from live_server import WRITE_KEY, live_server


def test_a_server_that_is_told_to_stop_ends_cleanly_and_goes_on_later(tmp_path: Path) -> None:
    with live_server(tmp_path) as first:
        first.client.post("/v1/track", json={"userId": "u-1", "event": "Before"}, auth=(WRITE_KEY, "")).raise_for_status()
    with live_server(tmp_path) as second:
        events = second.events_of("u-1")

    assert [event["event"] for event in events] == ["Before"]


def test_the_rate_of_the_settings_limits_every_source(tmp_path: Path) -> None:
    with live_server(tmp_path, POSTHORN_RATE_PER_SECOND="1", POSTHORN_BURST="2") as server:
        answers = [
            server.client.post("/v1/track", json={"userId": "u-1", "event": "Ping"}, auth=(WRITE_KEY, "")) for _ in range(3)
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "1"
