"""Bodies as they may be shown."""

from posthorn.api.payloads import masked, shown_payload
from posthorn.secrets import MASK


def test_what_is_kept_under_a_secret_name_is_masked_at_any_depth() -> None:
    value = {"a": [{"writeKey": "wk", "Tokens": ["t"]}], "Authorization": "Bearer x", "plan": "team"}

    assert masked(value) == {"a": [{"writeKey": MASK, "Tokens": MASK}], "Authorization": MASK, "plan": "team"}


def test_a_number_beyond_a_double_can_be_read() -> None:
    assert shown_payload(b'{"n": 1e999, "token": "t"}') == {"n": float("inf"), "token": MASK}


def test_a_secret_is_known_by_its_words_however_they_are_joined() -> None:
    value = {"apiKey": 1, "api_key": 2, "API-Key": 3, "key": 4}

    assert masked(value) == {"apiKey": MASK, "api_key": MASK, "API-Key": MASK, "key": 4}


def test_what_is_not_json_shows_as_nothing() -> None:
    assert shown_payload(b"{") is None
