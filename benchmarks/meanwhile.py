"""How fast single events are taken in while a message goes out to a list, as a share of how fast without it."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.contents import NOTIFICATION
from benchmarks.process import wait_until_processed
from benchmarks.processes import Broken, run_load, words
from benchmarks.product import WRITE_KEY, Product, product
from benchmarks.ratios import Finding, Pair, ratio_finding
from benchmarks.scale import Scale

FLOOR, AIM = 0.5, 0.9
SHARE = 1_000
SUBSCRIBERS = 20_000


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding, in events a second: without anything else, and while the list is sent to."""
    pairs = [_trial(min(scale.seconds, 1.0), folder) for _ in range(min(3, scale.pairs))]
    remark = f"limit: without it; 64 connections, a list of {SUBSCRIBERS:,}, which is sent to for longer than this takes"
    yield ratio_finding("ingest while sending to a list", "events/s", pairs, floor=FLOOR, aim=AIM, remark=remark)


def _trial(seconds: float, folder: Path) -> Pair:
    with product("serve", folder) as server:
        template = _set_up(server)
        alone = _rate(server, seconds)
        wait_until_processed(server)
        message = {"to": {"list_id": "news"}, "template": template, "data": {"order_id": "o-1", "total": 5}}
        request_id = server.call("POST", "/send", {"message": message})["requestId"]
        meanwhile = _rate(server, seconds)
        if server.call("GET", f"/jobs/{request_id}")["status"] != "RUNNING":
            raise Broken("The list was done before the load was.")
        return Pair(alone, meanwhile)


def _set_up(server: Product) -> str:
    """People with an address, all on one list, and a template; its id."""
    groups = SUBSCRIBERS // SHARE
    people = words(batch=SHARE, connections=4, groups=groups, kind="identify")
    run_load(server.port, "--key", WRITE_KEY, *people)
    server.call("PUT", "/lists/news", {"name": "News"})
    for group in range(groups):
        some = [{"recipientId": f"user-{group:08d}-{index:04d}"} for index in range(SHARE)]
        server.call("POST", "/lists/news/subscriptions", {"recipients": some})
    wait_until_processed(server)
    return server.call("POST", "/notifications", {"state": "PUBLISHED", "notification": NOTIFICATION})["id"]


def _rate(server: Product, seconds: float) -> float:
    load = run_load(server.port, "--key", WRITE_KEY, *words(connections=64, seconds=seconds))
    if not load.is_clean:
        raise Broken(f"posthorn serve answered {load.statuses}, {load.broken_count} connections broke.")
    return load.per_second
