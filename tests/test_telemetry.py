import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from posthorn.telemetry import MASK, Metrics, bound, logger, mask_secrets, set_up_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_away_from_a_terminal_a_line_is_one_json_object_with_the_bound_ids() -> None:
    stream = io.StringIO()
    set_up_logging(stream)

    with bound(event_id="evt_1", run_id="r1"):
        logger("dispatcher").info("command.settled", attempt=2)
    logger("dispatcher").info("idle")

    first, second = lines(stream)
    assert first.pop("timestamp")
    assert first == {
        "event": "command.settled",
        "part": "dispatcher",
        "attempt": 2,
        "event_id": "evt_1",
        "run_id": "r1",
        "level": "info",
    }
    assert "event_id" not in second


def test_a_terminal_gets_key_and_value() -> None:
    stream = Terminal()
    set_up_logging(stream)

    logger("log").info("block.appended", offset=7)

    assert "block.appended" in stream.getvalue()
    assert "offset" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_lines_of_libraries_have_the_same_form() -> None:
    stream = io.StringIO()
    set_up_logging(stream)

    logging.getLogger("uvicorn").warning("GET /v1/p?writeKey=%s&x=1", "wk_secret")
    logging.getLogger("uvicorn").debug("not shown")

    (line,) = lines(stream)
    assert line["event"] == f"GET /v1/p?writeKey={MASK}&x=1"
    assert line["level"] == "warning"


def test_a_traceback_is_kept_in_the_line_without_local_variables() -> None:
    stream = io.StringIO()
    set_up_logging(stream)
    hushed = "a local secret"

    try:
        raise ValueError("broken")
    except ValueError:
        logger("engine").exception("step.failed", password=hushed)

    (line,) = lines(stream)
    assert "ValueError: broken" in str(line["exception"])
    assert hushed not in stream.getvalue()


@pytest.mark.parametrize("name", ["writeKey", "write_key", "Authorization", "token", "tokens", "password", "secret"])
def test_a_secret_is_masked_at_any_depth(name: str) -> None:
    event = {"event": "x", "body": {"items": [{name: ["hush"]}], name: "hush"}, name: "hush"}

    assert "hush" not in repr(mask_secrets(None, "info", event))


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.integers(), st.lists)))
def test_masking_takes_anything_and_keeps_every_name(event: dict[str, object]) -> None:
    assert set(mask_secrets(None, "info", event)) == set(event)


def test_metrics_have_the_promised_names() -> None:
    metrics = Metrics()
    metrics.events_received.labels("tracking").inc(3)
    metrics.outbox_attempts.labels("segment", "accepted").inc()
    metrics.step_seconds.observe(0.004)

    text = metrics.text().decode()

    assert 'posthorn_events_received_total{origin="tracking"} 3.0' in text
    assert 'posthorn_outbox_attempts_total{lane="segment",result="accepted"} 1.0' in text
    assert 'posthorn_step_seconds_bucket{le="0.005"} 1.0' in text
    for name in ("events_processed_total", "backlog_events", "messages_total", "outbox_pending", "append_seconds"):
        assert f"# HELP posthorn_{name} " in text


def test_two_sets_of_metrics_do_not_know_each_other() -> None:
    first, second = Metrics(), Metrics()

    first.events_processed.inc()

    assert "posthorn_events_processed_total 0.0" in second.text().decode()
