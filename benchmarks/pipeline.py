"""The whole pipeline in one process: a track event starts an automation, a mail is rendered and sent by SMTP, Segment is told.

Measured from the first request to the last arrival at either sink; every event is of another user, and each must come to one
mail and one `Message Sent`. What counts is messages a second; there is no limit beside it.
"""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.contents import AUTOMATION, NOTIFICATION
from benchmarks.process import wait_until_processed
from benchmarks.processes import Broken, cpu_seconds, own_process, run_load, words
from benchmarks.product import WRITE_KEY, Product, product
from benchmarks.ratios import Finding, plain_finding
from benchmarks.scale import Scale
from benchmarks.sinks import Counts, Ports

FLOOR, AIM = 1_000.0, 3_000.0
BATCH = 100
_PATIENCE_S = 60.0


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding; each trial on a fresh database."""
    rates: list[float] = []
    remark = ""
    for _ in range(3):
        rate, remark = _trial(scale.messages // BATCH, folder)
        rates.append(rate)
    yield plain_finding("pipeline / serve", "messages/s", rates, floor=FLOOR, aim=AIM, remark=remark)


def _trial(groups: int, folder: Path) -> tuple[float, str]:
    with own_process("benchmarks.sinks") as line, product("serve", folder) as server:
        sinks = msgspec.json.decode(line, type=Ports)
        set_up(server, sinks)
        load = ["--key", WRITE_KEY, *words(batch=BATCH, connections=8, groups=groups)]
        run_load(server.port, *load, "--kind", "identify")
        wait_until_processed(server)
        run_load(server.port, *load, "--requests", "2")
        _wait_for(sinks, 2 * BATCH)
        started, cpu, sink_cpu = time.monotonic(), cpu_seconds(server.pid), cpu_seconds(sinks.pid)
        run_load(server.port, *load, "--requests", str(groups))
        counts = _wait_for(sinks, (groups + 2) * BATCH)
        took = counts.last_at - started
        used, sink_busy = cpu_seconds(server.pid) - cpu, (cpu_seconds(sinks.pid) - sink_cpu) / took
        a_message = 1000 * used / (groups * BATCH)
        a_call = sum(counts.events.values()) / max(1, counts.requests)
        remark = f"one process, {used / took:.0%} of a core, {a_message:.2f} ms of it a message; sinks {sink_busy:.0%}"
        return groups * BATCH / took, f"{remark}; {a_call:.0f} events a Segment call; {counts.repeats} repeated"


def set_up(server: Product, sinks: Ports) -> None:
    """A provider, a template, an automation, and the way back, as somebody would by the API."""
    smtp = {"host": "127.0.0.1", "port": sinks.smtp, "from_address": "shop@example.test", "tls": "none"}
    server.call("POST", "/providers", {"provider": "smtp", "settings": smtp})
    server.call("POST", "/notifications", {"state": "PUBLISHED", "notification": NOTIFICATION})
    server.call("PUT", "/automations/thank", AUTOMATION)
    server.call("POST", "/automations/thank/publish")
    source = {"write_key": "sink", "endpoint": f"http://127.0.0.1:{sinks.segment}/v1", "enabled": True}
    server.call("PUT", "/integrations/segment", {"source": source})


def _wait_for(sinks: Ports, messages: int) -> Counts:
    gives_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < gives_up_at:
        counts = _counts(sinks)
        if counts.mails >= messages and counts.events.get("Message Sent", 0) >= messages:
            return counts
        time.sleep(0.05)
    raise Broken(f"After {_PATIENCE_S:.0f} s of {messages} messages only this has arrived: {_counts(sinks)}")


def _counts(sinks: Ports) -> Counts:
    connection = http.client.HTTPConnection("127.0.0.1", sinks.segment, timeout=10)
    connection.request("GET", "/counts")
    told = connection.getresponse().read()
    connection.close()
    return msgspec.json.decode(told, type=Counts)
