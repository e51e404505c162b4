"""analytics.js, as released, in a real browser, on a page of another origin than the server."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from live_server import WRITE_KEY, LiveServer, eventually, live_server
from recording_proxy import Passed, Wire, recording_proxy

BUNDLES = Path(__file__).parent / "node/node_modules/@segment/analytics-next/dist/umd"
PAGE = """<!doctype html><title>Shop</title><script src="/index.js"></script>"""
LOAD = """([settings, options]) => {
    window.analytics = window.AnalyticsNext.AnalyticsBrowser.load(settings, options);
    window.analytics.setAnonymousId(options.visitor);
}"""
SIX_CALLS = """async (user) => {
    await analytics.page("Docs", "Intro");
    await analytics.identify(user, {email: user + "@example.test"});
    await analytics.track("Upgraded", {plan: "team"});
    await analytics.group("acme", {name: "Acme"});
    await analytics.alias(user + "-2", user);
    await analytics.screen("App", "Home");
}"""


class _Shop(SimpleHTTPRequestHandler):
    """Serves the page and the SDK's bundle."""

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@pytest.fixture(scope="module")
def shop_url() -> Iterator[str]:
    """Where the page lies."""
    assert (BUNDLES / "index.js").exists(), "`make test` installs the packages of tests/compat/node."
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Shop, directory=str(BUNDLES))) as shop:
        thread = threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{shop.server_address[1]}/"
        shop.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    program = shutil.which("chromium")
    assert program, "The tests need chromium."
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield one
        one.close()


@pytest.fixture
def page(browser: Browser, shop_url: str) -> Iterator[Page]:
    """The page, open."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(shop_url)
    yield page
    context.close()


def load(page: Page, url: str, visitor: str, **options: Any) -> None:
    """Loads analytics.js as an owner of a page does, with our address as its CDN; http, for want of a certificate."""
    segment = {"protocol": "http", **options}
    page.evaluate(LOAD, [{"writeKey": WRITE_KEY, "cdnURL": url}, {"integrations": {"Segment.io": segment}, "visitor": visitor}])


def stored(server: LiveServer, visitor: str) -> list[dict[str, Any]]:
    """The events of a visitor, with whatever user he has become."""
    return [event for event in server.log() if event["anonymousId"] == visitor]


def test_six_calls_arrive_where_the_settings_document_says(page: Page, server: LiveServer) -> None:
    load(page, server.url, "js-1")

    page.evaluate(SIX_CALLS, "js-user-1")

    eventually(lambda: len(stored(server, "js-1")) == 6)
    assert sorted(event["type"] for event in stored(server, "js-1")) == [
        "alias", "group", "identify", "page", "screen", "track",
    ]  # fmt: skip


def test_each_event_is_one_request_behind_a_preflight_that_passes(page: Page, server: LiveServer, wire: Wire) -> None:
    load(page, wire.url, "js-2", apiHost=wire.url.removeprefix("http://") + "/v1")

    page.evaluate(SIX_CALLS, "js-user-2")
    eventually(lambda: len(stored(server, "js-2")) == 6)

    assert [one.path for one in wire.of("GET")] == [f"/v1/projects/{WRITE_KEY}/settings"]
    assert sorted((one.path, one.status) for one in wire.of("POST")) == [(f"/v1/{kind}", 200) for kind in "agipst"]
    assert {(one.status, one.headers["access-control-request-headers"]) for one in wire.of("OPTIONS")} == {
        (204, "authorization")
    }


def test_a_page_that_sends_credentials_and_own_headers_passes_too(page: Page, server: LiveServer) -> None:
    load(page, server.url, "js-3", credentials="include", headers={"Content-Type": "application/json", "X-Shop": "1"})

    page.evaluate("analytics.track('Ping')")

    eventually(lambda: [event["event"] for event in stored(server, "js-3")] == ["Ping"])


def test_the_wait_of_a_429_is_visible_to_the_page_and_kept(page: Page, tmp_path: Path) -> None:
    with (
        live_server(tmp_path, POSTHORN_RATE_PER_SECOND="1", POSTHORN_BURST="1") as server,
        recording_proxy(server.url) as wire,
    ):
        load(page, wire.url, "js-4", apiHost=wire.url.removeprefix("http://") + "/v1")
        page.evaluate("Promise.all(['One', 'Two', 'Three'].map(name => analytics.track(name)))")
        eventually(lambda: len(stored(server, "js-4")) == 3, within_s=30)

    tries: dict[str, list[Passed]] = {}
    for one in sorted(wire.of("POST"), key=lambda one: one.at):
        tries.setdefault(one.body["messageId"], []).append(one)
    waits = [after.at - before.at for each in tries.values() for before, after in pairwise(each)]
    assert [each[-1].status for each in tries.values()] == [200] * 3
    assert {one.status for each in tries.values() for one in each[:-1]} == {429}
    assert min(waits) >= 0.95


def test_what_waits_when_the_page_is_left_still_arrives(page: Page, server: LiveServer) -> None:
    load(page, server.url, "js-5", deliveryStrategy={"strategy": "batching", "config": {"size": 10, "timeout": 60_000}})

    page.evaluate("Promise.race([analytics.track('One'), new Promise(done => setTimeout(done, 300))])")
    page.evaluate("analytics.track('Two'); 0")
    page.goto("about:blank")

    eventually(lambda: sorted(event["event"] for event in stored(server, "js-5")) == ["One", "Two"])


def test_a_beacon_of_text_is_taken(page: Page, server: LiveServer) -> None:
    url = f"{server.url}/v1/track?writeKey={WRITE_KEY}"

    page.evaluate("url => navigator.sendBeacon(url, JSON.stringify({anonymousId: 'js-6', event: 'Left'}))", url)

    eventually(lambda: [event["event"] for event in stored(server, "js-6")] == ["Left"])


def test_a_settings_document_without_our_entry_would_send_the_events_to_segment(page: Page, wire: Wire) -> None:
    """Why the document always has it (segment.md, fact 14); and that the tests above would notice if it had not."""
    leaks: list[str] = []
    page.route("https://api.segment.io/**", lambda route: (leaks.append(route.request.url), route.abort())[-1])
    allow = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
    wire.answers = [(200, allow, b'{"integrations": {}}')]

    load(page, wire.url, "js-7", apiHost=wire.url.removeprefix("http://") + "/v1")
    page.evaluate("analytics.track('Ping'); 0")
    page.wait_for_event("requestfailed")

    assert leaks
    assert wire.of("POST") == []
