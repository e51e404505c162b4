from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from posthorn.messages.tracking import (
    CLICK,
    OPEN,
    PIXEL,
    Tracked,
    can_track,
    click_url,
    is_scanner,
    open_url,
    read_token,
    with_utm,
)
from posthorn.secrets import Vault

VAULT = Vault(b"0123456789abcdef0123456789abcdef")
TRACKED = Tracked(environment="production", user_key="u-1042", message_id="1-a-b", channel="email")


def token_of(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2].removesuffix(".gif")


@given(st.text(max_size=200), st.text(min_size=1, max_size=60))
def test_a_click_token_gives_back_exactly_what_was_put_into_it(link: str, user_key: str) -> None:
    tracked = Tracked(environment="test", user_key=user_key, message_id="1-a-b", channel="email", link=link)

    assert read_token(VAULT, CLICK, token_of(click_url("https://post.example.test/", VAULT, tracked))) == tracked


def test_addresses_lie_below_the_public_url() -> None:
    assert open_url("https://post.example.test/p/", VAULT, TRACKED).startswith("https://post.example.test/p/t/o/")
    assert open_url("https://post.example.test", VAULT, TRACKED).endswith(".gif")


def test_a_token_for_opens_is_no_token_for_clicks() -> None:
    token = token_of(open_url("https://post.example.test", VAULT, TRACKED))

    assert read_token(VAULT, OPEN, token) == TRACKED
    assert read_token(VAULT, CLICK, token) is None


@given(st.integers(min_value=0), st.sampled_from("Aa0_-"))
def test_a_changed_token_leads_nowhere(place: int, letter: str) -> None:
    token = token_of(click_url("https://post.example.test", VAULT, TRACKED))
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]

    assert read_token(VAULT, CLICK, changed) == (TRACKED if changed == token else None)


@pytest.mark.parametrize("token", ["", "a", "https://evil.test", "é", "A" * 10_000])
def test_a_token_that_was_never_made_leads_nowhere(token: str) -> None:
    assert read_token(VAULT, CLICK, token) is None


def test_a_signed_payload_of_another_shape_leads_nowhere() -> None:
    assert read_token(VAULT, CLICK, VAULT.sign(CLICK, msgpack.encode({"a": 1}))) is None


def test_utm_is_added_without_touching_what_is_there() -> None:
    href = with_utm("https://shop.test/a?x=1&utm_source=own#top", {"source": "cart", "medium": "e mail"})

    assert parse_qs(urlsplit(href).query) == {"x": ["1"], "utm_source": ["own"], "utm_medium": ["e mail"]}
    assert urlsplit(href).fragment == "top"


@pytest.mark.parametrize("href", ["mailto:a@b.test", "tel:+49", "#top", "/path", "javascript:alert(1)", "http://[broken", ""])
def test_what_is_no_web_address_is_left_alone(href: str) -> None:
    assert not can_track(href)
    assert with_utm(href, {"source": "x"}) == href


@pytest.mark.parametrize("agent", ["Barracuda Sentinel (EE)", "Mozilla/5.0 (compatible; Proofpoint URL Defense)"])
def test_scanners_are_known(agent: str) -> None:
    assert is_scanner(agent)


@pytest.mark.parametrize("agent", ["", "Mozilla/5.0 (Windows NT 10.0)", "curl/8.0", "python-httpx/0.28"])
def test_readers_are_no_scanners(agent: str) -> None:
    assert not is_scanner(agent)


def test_the_pixel_is_a_gif_of_one_pixel() -> None:
    assert PIXEL[:6] == b"GIF89a"
    assert PIXEL[6:10] == b"\x01\0\x01\0"
