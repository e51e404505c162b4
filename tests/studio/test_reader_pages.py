"""The pages of those who are written to, in a browser: without script, on a phone, with a keyboard, readable by all."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct
from playwright.sync_api import Browser, Page, expect, sync_playwright

from live_server import LiveServer, eventually, live_server

EVIL = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
LONG = "Newsletter" * 30
PHONE: Any = {"viewport": {"width": 375, "height": 700}, "has_touch": True, "is_mobile": True}

# What axe-core would ask of such pages: controls have names, texts can be read, ids are there once, one main heading.
CHECKS = """() => {
  const wrong = [];
  const luminance = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const background = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  for (const element of document.querySelectorAll('h1,h2,p,a,label span,legend,button,option,select')) {
    const colours = [rgb(getComputedStyle(element).color), background(element)];
    const [one, other] = colours.map(luminance).sort((a, b) => a - b);
    const ratio = (other + 0.05) / (one + 0.05);
    if (ratio < 4.5) wrong.push(`${element.tagName} ${element.textContent.slice(0, 30)}: contrast ${ratio.toFixed(2)}`);
  }
  for (const control of document.querySelectorAll('input:not([type=hidden]),select'))
    if (!control.labels.length || !control.labels[0].textContent.trim()) wrong.push(`${control.name}: no label`);
  for (const control of document.querySelectorAll('label,button,select'))
    if (control.getBoundingClientRect().height < 43.5) wrong.push(`${control.textContent.trim()}: too small for a finger`);
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  if (new Set(ids).size !== ids.length) wrong.push('an id is there twice');
  for (const reference of document.querySelectorAll('[aria-labelledby]'))
    if (!document.getElementById(reference.getAttribute('aria-labelledby'))) wrong.push('a label is missing');
  if (!document.documentElement.lang) wrong.push('no language');
  if (document.querySelectorAll('h1').length !== 1 || document.querySelectorAll('main').length !== 1) wrong.push('landmarks');
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('wider than the window');
  return wrong;
}"""


class Reader(Struct, frozen=True, kw_only=True):
    """The topics by name, and the addresses in the mail that u-1 got."""

    topics: dict[str, str]
    unsubscribe: str
    preferences: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        one = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield one
        one.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("readers")) as one:
        yield one


@pytest.fixture(scope="module")
def reader(server: LiveServer) -> Reader:
    """Topics of all kinds, hostile and long names among them, and a mail about the news."""
    settings = {"colors": {"primary": "#ffe14d"}}
    server.call("POST", "/brands", {"id": "default", "name": "Bright", "settings": settings})
    section = {"name": "Marketing", "description": EVIL, "has_custom_routing": True, "routing_options": ["email", "sms"]}
    path = f"/preferences/sections/{server.call('POST', '/preferences/sections', section)['id']}/topics"
    digest = {"digest": {"schedules": [{"id": "daily", "name": "Every day"}]}}
    wanted: list[dict[str, Any]] = [
        {"name": "News", "default_status": "OPTED_IN", "include_unsubscribe_header": True, "topic_data": digest},
        {"name": "Offers", "default_status": "OPTED_OUT", "allowed_preferences": ["channel_preferences"]},
        {"name": "Invoices", "default_status": "REQUIRED"},
        {"name": EVIL, "default_status": "OPTED_IN", "description": LONG},
    ]
    topics = {one["name"]: server.call("POST", path, one)["id"] for one in wanted}
    server.call("POST", "/preferences/publish", {"heading": "What may we send you?", "description": LONG})
    server.call("POST", "/profiles/u-1", {"profile": {"email": "ada@example.test"}})
    content = {"version": "2022-01-01", "elements": [{"type": "text", "content": "{{urls.preferences}}"}]}
    message = {"to": {"user_id": "u-1"}, "content": content, "preferences": {"subscription_topic_id": topics["News"]}}
    server.call("POST", "/send", {"message": message})
    mail = eventually(lambda: server.call("GET", "/mailbox")["results"])[0]
    links = {place: url for url, place in re.findall(r"(http://\S+/([up])/\S+)", mail["text"])}
    return Reader(topics=topics, unsubscribe=links["u"], preferences=links["p"])


def _status(server: LiveServer, topic_id: str) -> str:
    return server.call("GET", f"/users/u-1/preferences/{topic_id}")["topic"]["status"]


def _opened(browser: Browser, url: str, **options: Any) -> Page:
    page = browser.new_context(java_script_enabled=False, **options).new_page()
    page.goto(url)
    return page


def test_choices_are_made_and_stay_without_any_script(browser: Browser, server: LiveServer, reader: Reader) -> None:
    page = _opened(browser, reader.preferences, **PHONE)
    page.get_by_role("checkbox", name="News").uncheck()
    page.get_by_role("checkbox", name="Offers").check()
    page.get_by_role("checkbox", name="Text message").uncheck()
    page.get_by_role("button", name="Save my choices").click()

    expect(page.get_by_role("status")).to_have_text("Your choices are saved.")
    expect(page.get_by_role("checkbox", name="News")).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="Invoices")).to_be_disabled()
    offers = server.call("GET", f"/users/u-1/preferences/{reader.topics['Offers']}")["topic"]
    assert (_status(server, reader.topics["News"]), offers["status"]) == ("OPTED_OUT", "OPTED_IN")
    assert offers["custom_routing"] == ["email"]
    page.context.close()


def test_a_topic_that_is_on_needs_a_way(browser: Browser, server: LiveServer, reader: Reader) -> None:
    page = _opened(browser, reader.preferences)
    page.get_by_role("checkbox", name="Offers").check()
    page.get_by_role("checkbox", name="E-mail").uncheck()
    page.get_by_role("checkbox", name="Text message").uncheck()
    page.get_by_role("button", name="Save my choices").click()

    expect(page.get_by_role("alert")).to_contain_text("Offers: choose at least one way")
    page.context.close()


def test_the_link_asks_and_the_button_unsubscribes(browser: Browser, server: LiveServer, reader: Reader) -> None:
    news = reader.topics["News"]
    server.call("PUT", f"/users/u-1/preferences/{news}", {"topic": {"status": "OPTED_IN"}})
    page = _opened(browser, reader.unsubscribe, **PHONE)
    before = _status(server, news)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert (before, _status(server, news)) == ("OPTED_IN", "OPTED_OUT")
    page.get_by_role("link", name="See all that you can choose").click()
    expect(page.get_by_role("heading", name="What may we send you?")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("place", ["preferences", "unsubscribe"])
def test_everybody_can_read_and_use_the_pages(browser: Browser, reader: Reader, place: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(getattr(reader, place))

    assert page.evaluate(CHECKS) == []
    page.close()


def test_no_script_runs_and_nothing_is_loaded(browser: Browser, reader: Reader) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(reader.preferences)
    page.wait_for_load_state("networkidle")

    assert page.title() == "What may we send you?"
    assert [url for url in asked if not url.endswith("/favicon.ico")] == [reader.preferences]
    page.close()
