"""The first minute in a browser: nothing yet, an event, a mail; and whatever it says, no script runs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from live_server import WRITE_KEY, LiveServer, eventually, live_server

EVIL = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
AUTOMATION: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {
                    "version": "2022-01-01",
                    "elements": [
                        {"type": "meta", "title": "Welcome {{profile.given_name}}"},
                        {"type": "text", "content": "Your plan is {{plan}}."},
                        {"type": "html", "content": "<script>parent.document.title='run'</script><b>bold</b>"},
                    ],
                },
            },
        }
    ],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        one = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield one
        one.close()


def _opened(browser: Browser, server: LiveServer) -> Page:
    """Studio, entered by the link that the start printed."""
    printed = re.search(r"http\S+/studio/\?link=\S+", server.log_path.read_text())
    assert printed
    page = browser.new_page()
    page.goto(printed[0])
    return page


def _sign_up(server: LiveServer, **traits: Any) -> None:
    server.call("PUT", "/automations/welcome", AUTOMATION)
    server.call("POST", "/automations/welcome/publish")
    batch = [
        {"type": "identify", "userId": "u-1", "traits": {"email": "ada@example.test", **traits}},
        {"type": "track", "userId": "u-1", "event": "Signed Up", "properties": {"plan": EVIL}},
        {"type": "track", "userId": EVIL, "event": EVIL},
    ]
    answer = server.client.post("/v1/batch", json={"batch": batch}, auth=(WRITE_KEY, ""))
    answer.raise_for_status()


def test_an_event_appears_by_itself_and_its_mail_can_be_read(browser: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _opened(browser, server)
        assert page.url.endswith("/studio/")
        expect(page.get_by_text("No Segment events received yet.")).to_be_visible()

        _sign_up(server, firstName="Ada")
        expect(page.get_by_role("link", name="track/Signed Up")).to_be_visible(timeout=15_000)
        page.get_by_role("navigation", name="Studio").get_by_role("link", name="Mailbox").click()
        page.get_by_role("link", name=re.compile("Welcome Ada")).click()

        mail = page.frame_locator("iframe[title='The mail']")
        expect(mail.get_by_text("Your plan is")).to_be_visible()
        page.close()


def test_no_script_of_an_event_or_a_mail_runs(browser: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _opened(browser, server)
        _sign_up(server, firstName=EVIL)
        expect(page.get_by_role("link", name="track/Signed Up")).to_be_visible(timeout=15_000)
        names = ["Overview", "Events", "Messages", "Mailbox", "Segment"]
        for name in names:
            page.get_by_role("navigation", name="Studio").get_by_role("link", name=name).click()
            expect(page).to_have_title(f"{name} · Posthorn Studio")
        page.goto(f"{server.url}/studio/mailbox")
        page.locator(".letters a").first.click()
        page.wait_for_load_state("networkidle")

        assert page.title() != "run"
        assert len(page.frames) == 2
        page.close()


def test_opening_a_mail_in_the_mailbox_is_an_open(browser: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        page = _opened(browser, server)
        _sign_up(server, firstName="Ada")
        page.goto(f"{server.url}/studio/mailbox")
        page.get_by_role("link", name=re.compile("Welcome Ada")).click(timeout=15_000)
        page.wait_for_load_state("networkidle")

        eventually(lambda: server.call("GET", "/messages?status=OPENED")["results"])
        page.goto(f"{server.url}/studio/messages")
        expect(page.locator(".badge", has_text="OPENED")).to_be_visible()
        page.close()


def test_with_a_password_in_the_settings_it_opens_studio(browser: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path, POSTHORN_ADMIN_PASSWORD="open sesame") as server:
        page = browser.new_page()
        page.goto(f"{server.url}/studio/messages")
        page.get_by_label("Password").fill("guess")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        page.get_by_label("Password").fill("open sesame")
        page.get_by_role("button", name="Sign in").click()

        expect(page.get_by_role("heading", name="Messages")).to_be_visible()
        assert "?link=" not in server.log_path.read_text()
        page.close()


@pytest.mark.parametrize("width", [375, 1280, 3840])
def test_no_page_is_wider_than_its_window(browser: Browser, tmp_path: Path, width: int) -> None:
    with live_server(tmp_path) as server:
        page = _opened(browser, server)
        _sign_up(server, firstName="Ada" * 60)
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("", "events", "messages", "mailbox", "segment", "parked", "why", "changes", "users", "account"):
            page.goto(f"{server.url}/studio/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.close()
