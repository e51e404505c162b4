"""Telemetry: one form for every log line, and the numbers of /metrics.

A log line is an event with fields, never a sentence put together: `log.info("event.parked", event_id=…, run_id=…)`. The
causal ids are `event_id`, `message_id`, `run_id` and `command_id`; who handles one binds it once with `bound(…)`.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from structlog.typing import FilteringBoundLogger, Processor

METRICS_CONTENT_TYPE = CONTENT_TYPE_LATEST
MASK = "********"
_SECRET_NAMES = frozenset(
    {
        "adminpassword",
        "apikey",
        "authorization",
        "cookie",
        "password",
        "secret",
        "secretkey",
        "setcookie",
        "sharedsecrets",
        "token",
        "tokens",
        "writekey",
    }
)
_IN_TEXT = re.compile(r"(?i)\b(write_?key|api_?key|token|password|secret)=[^&\s\"']+")
_SECONDS = (0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def set_up_logging(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Sends every log line of this process, libraries included, to the stream.

    On a terminal coloured `key=value`, else one JSON object a line. Called once, at the start of a process.
    """
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(stream.isatty())],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> FilteringBoundLogger:
    """A logger whose lines carry the part of the product they come from, such as "dispatcher"."""
    return cast("FilteringBoundLogger", structlog.get_logger(f"posthorn.{name}", part=name))


def bound(**ids: str) -> AbstractContextManager[object]:
    """While it lasts, every line of this task carries these ids: event_id, message_id, run_id, command_id."""
    return structlog.contextvars.bound_contextvars(**ids)


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Covers values whose names say that they are secret, at any depth, and `writeKey=…` in texts such as URLs."""
    return {name: _masked(name, value) for name, value in event.items()}


class Metrics:
    """The numbers of /metrics, with a registry of their own; made once, where the process is wired."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.events_received = Counter(
            "posthorn_events_received", "Events acknowledged, by where they came in.", ["origin"], registry=registry
        )
        self.events_rejected = Counter(
            "posthorn_events_rejected", "Events refused, by the code of the answer.", ["code"], registry=registry
        )
        self.events_processed = Counter("posthorn_events_processed", "Events decided.", registry=registry)
        self.events_duplicate = Counter("posthorn_events_duplicate", "Events dropped as repeats.", registry=registry)
        self.events_parked = Gauge("posthorn_events_parked", "Events set aside after a fault.", registry=registry)
        self.backlog_events = Gauge("posthorn_backlog_events", "Events not yet decided.", registry=registry)
        self.timers_pending = Gauge("posthorn_timers_pending", "Timers that wait for their time.", registry=registry)
        self.messages = Counter("posthorn_messages", "Messages that reached a status.", ["status"], registry=registry)
        self.outbox_pending = Gauge("posthorn_outbox_pending", "Commands that wait.", ["lane"], registry=registry)
        self.outbox_attempts = Counter(
            "posthorn_outbox_attempts", "Calls to the outside, by result.", ["lane", "result"], registry=registry
        )
        self.step_seconds = _histogram("posthorn_step_seconds", "One step of the processor, commit included.", registry)
        self.append_seconds = _histogram("posthorn_append_seconds", "One append to the log, commit included.", registry)

    def text(self) -> bytes:
        """Everything in Prometheus' text form, of the type METRICS_CONTENT_TYPE."""
        return generate_latest(self.registry)


def _histogram(name: str, meaning: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(name, meaning, buckets=_SECONDS, registry=registry)


def _renderers(is_terminal: bool) -> list[Processor]:
    if is_terminal:
        # Plain tracebacks: the pretty ones print local variables, and those hold secrets.
        return [_exception_text, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [_exception_text, structlog.processors.JSONRenderer(default=repr)]


def _exception_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # Masked once more, because the text of an exception may repeat what it failed with.
    return mask_secrets(_logger, _method, structlog.processors.format_exc_info(_logger, _method, event))


def _masked(name: str, value: Any) -> Any:
    if value and name.lower().replace("_", "").replace("-", "") in _SECRET_NAMES:
        return MASK
    if isinstance(value, str):
        return _IN_TEXT.sub(rf"\1={MASK}", value)
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", inner) for inner in value]
    return value
