"""The webhook: what is posted, how it is signed, what answers mean."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from posthorn.errors import Permanent
from posthorn.outbound import HttpResponse
from posthorn.providers.model import Accepted, Deferred, Outgoing, Rejected
from posthorn.providers.webhook import Settings, has_url, receipt, request
from posthorn.secrets import courier_signature

PLAIN = Settings()
URL = "https://hook.example.test/in"


def hook(**fields: Any) -> dict[str, Any]:
    return {"email": "ada@example.test", "webhook": {"url": URL, **fields}}


def test_the_payload_names_template_recipient_and_data(letter: Callable[..., Outgoing]) -> None:
    call = request(letter(to=hook(), given={"user_id": "u-1"}), PLAIN)

    assert (call.method, call.url) == ("POST", URL)
    assert call.body == b'{"message":{"template":"nt_1","to":{"user_id":"u-1"},"data":{"cart_id":"c-9"}}}'
    assert call.headers == {"content-type": "application/json", "idempotency-key": "key-1"}


def test_an_expanded_profile_is_in_the_payload_without_credentials(letter: Callable[..., Outgoing]) -> None:
    to = hook(profile="expanded", authentication={"mode": "bearer", "token": "secret"})

    call = request(letter(to=to), PLAIN)

    assert msgspec.json.decode(call.body)["message"]["to"] == hook(profile="expanded")
    assert b"secret" not in call.body


@pytest.mark.parametrize(
    ("authentication", "header"),
    [
        ({"mode": "none"}, None),
        ({"mode": "basic", "username": "ada", "password": "pw"}, "Basic YWRhOnB3"),
        ({"mode": "bearer", "token": "t"}, "Bearer t"),
    ],
)
def test_the_recipient_says_how_to_sign_in(
    letter: Callable[..., Outgoing], authentication: dict[str, str], header: str | None
) -> None:
    call = request(letter(to=hook(authentication=authentication, method="PUT", headers={"X-A": "1"})), PLAIN)

    assert (call.method, call.headers.get("authorization"), call.headers["x-a"]) == ("PUT", header, "1")


def test_headers_of_the_connection_cannot_be_set(letter: Callable[..., Outgoing]) -> None:
    call = request(letter(to=hook(headers={"Host": "other", "Content-Length": "1", "Idempotency-Key": "x"})), PLAIN)

    assert set(call.headers) == {"content-type", "idempotency-key"}
    assert call.headers["idempotency-key"] == "key-1"


@pytest.mark.parametrize(
    "fields",
    [{"method": "GET"}, {"method": ["POST"]}, {"headers": "x"}, {"headers": {"a b": "c"}}, {"authentication": {"mode": "x"}}],
)
def test_what_cannot_be_sent_is_refused(letter: Callable[..., Outgoing], fields: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        request(letter(to=hook(**fields)), PLAIN)


def test_an_override_replaces_and_merges(letter: Callable[..., Outgoing]) -> None:
    override = {"url": "https://other.test/", "method": "PATCH", "headers": {"X-B": "2"}, "body": {"message": {"x": 1}}}

    call = request(letter(override=override), PLAIN)

    assert (call.method, call.url, call.headers["x-b"]) == ("PATCH", "https://other.test/", "2")
    assert msgspec.json.decode(call.body)["message"] == {"template": "nt_1", "to": {}, "data": {"cart_id": "c-9"}, "x": 1}


def test_the_signature_is_that_of_the_published_example() -> None:
    body = b'{"type":"message:updated","data":{"id":"1-66d43ca1-0a1b2c3d4e5f607182930a1b","status":"SENT"}}'

    assert courier_signature("whsec_example", body, at_ms=1788257704001) == (
        "t=1788257704001,signature=4cd2430d9315c731e155c0e11775c290d64a651af15015fc9ae6686f25b469a9"
    )


def test_a_call_is_signed_if_there_is_a_secret(letter: Callable[..., Outgoing]) -> None:
    call = request(letter(), Settings(signing_secret="s"))

    assert call.headers["courier-signature"] == courier_signature("s", call.body, at_ms=letter().attempted_at)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (204, {}, Accepted(reference={"status": 204}, is_delivered=True)),
        (429, {"retry-after": "7"}, Deferred(reason="HTTP 429 no", retry_after_ms=7_000)),
        (503, {"retry-after": "Mon, 02 Mar 2026 09:20:15 GMT"}, Deferred(reason="HTTP 503 no", retry_after_ms=10_000)),
        (500, {"retry-after": "soon"}, Deferred(reason="HTTP 500 no")),
        (302, {}, Rejected(reason="HTTP 302 no", code="302")),
        (401, {}, Rejected(reason="HTTP 401 no", code="401")),
        (410, {}, Rejected(reason="HTTP 410 no", code="410", is_recipient_fault=True)),
    ],
)
def test_answers_become_results(
    letter: Callable[..., Outgoing], status: int, headers: dict[str, str], expected: object
) -> None:
    assert receipt(HttpResponse(status=status, headers=headers, body=b"no\n"), letter(), PLAIN) == (expected)


@pytest.mark.parametrize("to", [{}, {"webhook": URL}, {"webhook": {}}, {"webhook": {"url": 1}}, {"webhook": {"url": "x"}}])
def test_a_profile_without_an_address_to_call_is_passed_over(to: dict[str, Any]) -> None:
    assert not has_url(to)
    assert has_url(hook())
