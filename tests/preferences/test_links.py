import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.preferences.links import PREFERENCES, UNSUBSCRIBE, Reader, preferences_url, read_link, unsubscribe_url
from posthorn.secrets import Vault

VAULT = Vault(b"k" * 32)
READER = Reader(environment="production", user_key="u/1 ü", topic_id="pt_1", tenant_id="acme")


def _token(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_link_says_who_follows_it_and_which_topic_it_is_about() -> None:
    url = unsubscribe_url("https://post.test/", VAULT, READER)

    assert url.startswith("https://post.test/u/")
    assert read_link(VAULT, UNSUBSCRIBE, _token(url)) == READER


def test_a_link_of_one_page_does_not_open_the_other() -> None:
    token = _token(preferences_url("https://post.test", VAULT, READER))

    assert read_link(VAULT, PREFERENCES, token) == READER
    assert read_link(VAULT, UNSUBSCRIBE, token) is None


@pytest.mark.parametrize("payload", [b"", b"\xc0", b"\x91\x01", b"\x95\xc0\xc0\xc0\xc0\xc0"])
def test_what_was_signed_but_is_no_reader_opens_nothing(payload: bytes) -> None:
    assert read_link(VAULT, UNSUBSCRIBE, VAULT.sign(UNSUBSCRIBE, payload)) is None


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_what_was_not_made_here_opens_nothing(token: str) -> None:
    assert read_link(VAULT, UNSUBSCRIBE, token) is None
