"""What every provider must do, whoever wrote it. A new one is tested here before its own test is written."""

import sys
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from posthorn.errors import Invalid, Permanent
from posthorn.outbound import HttpRequest, HttpResponse
from posthorn.providers.catalogue import entry_of, providers
from posthorn.providers.form import masked, read_settings, schema, secret_names
from posthorn.providers.model import Accepted, Deferred, Outgoing, ProviderReceipt, Rejected, Unknown
from posthorn.providers.seam import Provider

CHANNELS = {"email", "sms", "push", "inbox", "direct_message", "banner", "webhook"}
SECRET_WORDS = ("password", "secret", "token", "api_key", "private_key")
EVERYBODY: dict[str, Any] = {
    "email": "ada@example.test",
    "phone_number": "+4930123456",
    "webhook": {"url": "https://hook.example.test/"},
}
ALL = [pytest.param(each, id=key) for key, each in providers().items()]
HTTP = [pytest.param(each, id=key) for key, each in providers().items() if each.request is not None]
CALLED = [pytest.param(each, id=key) for key, each in providers().items() if each.callbacks is not None]

every = pytest.mark.parametrize("provider", ALL)
http = pytest.mark.parametrize("provider", HTTP)
called = pytest.mark.parametrize("provider", CALLED)


def filled(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Something for every setting that is required or secret."""
    form = schema(kind)
    wanted = set(form.get("required", [])) | secret_names(kind)
    return {name: "value@example.test" for name in wanted if form["properties"][name]["type"] == "string"}


def message(**changes: Any) -> Outgoing:
    fields: dict[str, Any] = {
        "message_id": "m-1",
        "environment": "test",
        "channel": "webhook",
        "recipient": "u-1",
        "user_key": "u-1",
        "to": EVERYBODY,
        "subject": "S",
        "text": "T",
        "idempotency_key": "key-1",
        "routed_at": 1_772_443_200_000,
        "attempted_at": 1_772_443_200_000,
    }
    return Outgoing(**(fields | changes))


def test_the_first_providers_are_found() -> None:
    assert {"smtp", "webhook", "mailbox", "mock"} <= set(providers())


@every
def test_it_says_what_it_is(provider: Provider) -> None:
    module = sys.modules[f"posthorn.providers.{provider.key}"]

    assert provider.title
    assert provider.description.endswith(".")
    assert provider.channel in CHANNELS
    assert "| ours |" in (module.__doc__ or "")
    assert (provider.send is None) is (provider.request is not None) is (provider.receipt is not None)


@every
def test_its_settings_are_told_and_immutable(provider: Provider) -> None:
    fields = inspect.type_info(provider.settings)
    assert isinstance(fields, inspect.StructType)

    assert provider.settings.__struct_config__.frozen
    for name, field in schema(provider.settings).get("properties", {}).items():
        assert field.get("title"), name
        assert any(word in name for word in SECRET_WORDS) is (name in secret_names(provider.settings)), name
    assert set(entry_of(provider).settings) == {field.encode_name for field in fields.fields}
    msgspec.json.encode(entry_of(provider))


@every
def test_its_secrets_are_masked(provider: Provider) -> None:
    given = dict.fromkeys(secret_names(provider.settings), "0123456789abcdef")

    assert masked(provider.settings, given) == dict.fromkeys(given, "********cdef")


@every
@given(given=st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=8)))
def test_wrong_settings_get_one_clear_sentence(provider: Provider, given: dict[str, Any]) -> None:
    sentence = ""
    try:
        read_settings(provider.settings, given)
    except Invalid as error:
        sentence = error.message

    assert sentence == "" or sentence.startswith("settings.")


@every
@given(
    to=st.dictionaries(
        st.sampled_from(["email", "phone_number", "webhook"]),
        st.recursive(
            st.none() | st.text(),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["url", "x"]), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_any_profile_can_be_asked_for_an_address(provider: Provider, to: dict[str, Any]) -> None:
    assert provider.has_address(to) in (True, False)
    assert provider.has_address(EVERYBODY)


@http
def test_the_same_message_is_the_same_request(provider: Provider) -> None:
    settings = read_settings(provider.settings, filled(provider.settings))
    assert provider.request is not None

    assert provider.request(message(), settings) == provider.request(message(), settings)


@http
@given(
    override=st.dictionaries(
        st.sampled_from(["url", "method", "headers", "body"]), st.none() | st.text() | st.dictionaries(st.text(), st.text())
    )
)
def test_any_override_is_a_request_or_a_refusal(provider: Provider, override: dict[str, Any]) -> None:
    settings = read_settings(provider.settings, filled(provider.settings))
    assert provider.request is not None

    with suppress(Permanent):
        assert isinstance(provider.request(message(override=override), settings), HttpRequest)


@http
@given(status=st.integers(100, 999), body=st.binary(max_size=50), retry_after=st.text(max_size=30))
def test_any_answer_is_a_result(provider: Provider, status: int, body: bytes, retry_after: str) -> None:
    settings = read_settings(provider.settings, filled(provider.settings))
    assert provider.receipt is not None

    answer = HttpResponse(status=status, headers={"retry-after": retry_after}, body=body)
    result = provider.receipt(answer, message(), settings)

    assert isinstance(result, (Accepted, Deferred, Rejected, Unknown))
    assert not isinstance(result, Accepted) or 200 <= status < 300


@called
@given(body=st.binary(max_size=60))
def test_any_callback_is_receipts_or_a_refusal(provider: Provider, body: bytes) -> None:
    assert provider.callbacks is not None

    with suppress(Invalid):
        assert all(isinstance(each, ProviderReceipt) for each in provider.callbacks(body, {}))
