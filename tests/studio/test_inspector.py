"""The events page in a browser: events come by themselves, each once, also after a pause and after the server was away."""

import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from live_server import WRITE_KEY, LiveServer, live_server

EVIL = "<img src=x onerror=\"document.title='run'\">"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        one = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield one
        one.close()


def _inspector(browser: Browser, server: LiveServer, query: str = "") -> Page:
    printed = re.search(r"http\S+/studio/\?link=\S+", server.log_path.read_text())
    assert printed
    page = browser.new_page()
    page.goto(printed[0])
    page.goto(f"{server.url}/studio/events{query}")
    expect(page.get_by_role("status")).to_have_text("Live")
    return page


def _send(server: LiveServer, *names: str, user: str = "u-1") -> None:
    batch = [{"type": "track", "userId": user, "event": name} for name in names]
    server.client.post("/v1/batch", json={"batch": batch}, auth=(WRITE_KEY, "")).raise_for_status()


def _names(page: Page) -> list[str]:
    return page.locator("tbody td:nth-child(2) > a bdi").all_inner_texts()


def test_an_event_is_seen_within_half_a_second(chromium: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _inspector(chromium, server)
        took: list[float] = []
        for number in range(15):
            _send(server, f"Number {number:02}")
            answered_at = time.monotonic()
            page.get_by_text(f"Number {number:02}").first.wait_for(state="attached")
            took.append(time.monotonic() - answered_at)
        page.close()

    assert statistics.median(took) < 0.5, took


def test_a_pause_loses_nothing_and_shows_nothing_twice(chromium: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _inspector(chromium, server)
        _send(server, "a", "b")
        expect(page.get_by_role("link", name="track b")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        _send(server, "c")
        _send(server, "d", EVIL)
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("link", name="track d")).to_be_visible()

        assert _names(page) == [EVIL, "d", "c", "b", "a"]
        assert page.title() != "run"
        page.close()


def test_after_a_connection_that_broke_off_nothing_is_missing_or_twice(chromium: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _inspector(chromium, server)
        _send(server, "a")
        expect(page.get_by_role("link", name="track a")).to_be_visible()
        page.context.set_offline(True)
        page.evaluate("dispatchEvent(new Event('pagehide'))")
        _send(server, "b", "c")
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        expect(page.get_by_role("link", name="track c")).to_be_visible(timeout=15_000)
        _send(server, "d")
        expect(page.get_by_role("link", name="track d")).to_be_visible()

        assert _names(page) == ["d", "c", "b", "a"]
        page.close()


def test_only_what_was_asked_for_comes(chromium: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _inspector(chromium, server, "?user=u-2&name=SIGN")
        _send(server, "Signed Up", user="u-1")
        _send(server, "Left", "Signed In", user="u-2")
        expect(page.get_by_role("link", name="track Signed In")).to_be_visible()

        assert _names(page) == ["Signed In"]
        page.close()


def test_without_a_script_the_page_lists_what_was_asked_for(chromium: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _send(server, "Signed Up", "Left")
        server.events_of("u-1")
        printed = re.search(r"http\S+/studio/\?link=\S+", server.log_path.read_text())
        assert printed
        page = chromium.new_context(java_script_enabled=False).new_page()
        page.goto(printed[0])
        page.goto(f"{server.url}/studio/events")
        page.get_by_label("Name contains").fill("left")
        page.get_by_role("button", name="Show").click()

        assert _names(page) == ["Left"]
        page.close()
