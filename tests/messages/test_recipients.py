from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.messages.recipients import address_key, given_profile, recipients, target, tenant_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
field_names = st.sampled_from(["user_id", "email", "phone_number", "webhook", "slack", "data", "context", "tenant_id"])


def test_a_user_is_known_by_his_id_even_beside_an_address() -> None:
    found = target({"user_id": "u-1", "email": "ada@example.test"})

    assert (found.user_key, found.recipient, found.user_id) == ("u-1", "u-1", "u-1")


def test_an_address_without_a_user_has_a_stable_key_of_its_own() -> None:
    first, again = target({"email": "Ada@example.test"}), target({"email": "ada@EXAMPLE.test"})

    assert first.user_key == again.user_key == address_key("email", "ada@example.test")
    assert first.user_key.startswith("courier-")
    assert len(first.user_key) == len("courier-") + 32
    assert (first.recipient, first.user_id) == ("Ada@example.test", None)


def test_one_address_on_two_channels_is_two_keys() -> None:
    assert address_key("sms", "x") != address_key("push", "x")


def test_a_webhook_recipient_is_known_by_its_url() -> None:
    assert target({"webhook": {"url": "https://hook.example.test/1"}}).recipient == "https://hook.example.test/1"


def test_an_access_token_is_never_shown_as_the_recipient() -> None:
    assert "secret" not in target({"slack": {"access_token": "secret", "channel": "c"}}).recipient


@pytest.mark.parametrize(
    ("to", "text"),
    [
        (None, "message.to: Required"),
        ([], "At least one recipient"),
        ("u-1", "Expected an object"),
        ({}, "needs a user_id or an address"),
        ({"user_id": ""}, "needs a user_id or an address"),
        ({"user_id": ["u"]}, "message.to.user_id: Expected a string"),
        ({"webhook": {}}, "message.to.webhook.url: Required"),
        ({"email": "a@b.test\r\nBcc: everybody@b.test"}, "no line breaks"),
        ({"user_id": "u", "phone_number": "1\n2"}, "no line breaks"),
        ([{"user_id": "u"}, {"email": 5}], r"message.to\[1\].email: Expected a string"),
    ],
)
def test_a_recipient_that_cannot_be_used_is_refused_with_a_sentence(to: Any, text: str) -> None:
    with pytest.raises(Invalid, match=text):
        recipients(to)


def test_a_user_of_a_list_or_tenant_is_a_user() -> None:
    assert target({"user_id": "u", "list_id": "letters", "tenant_id": "acme"}).user_id == "u"


def test_several_recipients_stay_in_their_order_and_are_not_merged() -> None:
    assert [one.user_key for one in recipients([{"user_id": "b"}, {"user_id": "a"}, {"user_id": "b"}]).targets] == [
        "b",
        "a",
        "b",
    ]


def test_what_is_said_about_the_message_is_no_profile() -> None:
    to = {"user_id": "u", "data": {"x": 1}, "preferences": {}, "email": "a@b.test", "timezone": "UTC+4", "locale": None}

    assert given_profile(to) == {"email": "a@b.test", "timezone": "UTC+4"}


def test_the_tenant_of_the_message_is_named_before_that_of_the_recipient() -> None:
    to = {"context": {"tenant_id": "second"}, "tenant_id": "third"}

    assert tenant_of({"context": {"tenant_id": "first"}}, to) == "first"
    assert tenant_of({}, to) == "second"
    assert tenant_of({}, {"account_id": "fourth"}) == "fourth"
    assert tenant_of({}, {}) == ""


@given(json_values | st.dictionaries(field_names, json_values, max_size=4))
def test_any_json_is_a_recipient_or_refused(to: Any) -> None:
    try:
        found = recipients(to).targets
    except Invalid:
        return
    assert all(one.user_key for one in found)
