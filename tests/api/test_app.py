"""The API around its handlers: keys, paths, bodies, errors."""

import base64
import json
from collections.abc import Callable

import httpx
import pytest

from posthorn.errors import Conflict, Forbidden, NotFound, Refusal, TooMany, Unavailable
from posthorn.ids import request_id

pytestmark = pytest.mark.anyio

PROFILE = {"profile": {"email": "ada@example.com"}}


async def test_a_command_becomes_an_entry_of_its_caller(client: httpx.AsyncClient, commands, clock) -> None:
    answer = await client.put("/profiles/u1", json=PROFILE)

    assert (answer.status_code, answer.json()) == (200, {"status": "SUCCESS"})
    (entry,) = commands.entries
    assert (entry.environment, entry.source_id, entry.origin) == ("production", "key_1", "api")
    assert (entry.type, entry.user_key, entry.received_at) == ("profile.replaced", "u1", clock.now_ms())
    assert entry.message_id == request_id(clock.now_ms(), bytes(range(16)))
    assert json.loads(entry.body) == PROFILE


async def test_a_wrong_value_is_not_told_back_at_length(client: httpx.AsyncClient) -> None:
    answer = await client.put("/tenants/acme/default_preferences/items/news", json={"status": "x" * 10_000})

    assert answer.status_code == 400
    assert len(answer.json()["message"]) == len("x" * 1_000 + "...")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer nobody", "Bearer  ", "Basic !!!", "Basic " + base64.b64encode(b"pk_prod_first").decode()],
)
async def test_a_request_without_a_known_key_is_401(client: httpx.AsyncClient, authorization: str) -> None:
    answer = await client.put("/profiles/u1", json=PROFILE, headers={"authorization": authorization})

    assert answer.status_code == 401
    assert answer.json()["type"] == "authentication_error"


@pytest.mark.parametrize("user", ["", "ada@example.com"])
async def test_the_key_may_be_the_password_of_basic_credentials(client, commands, user: str) -> None:
    credentials = base64.b64encode(f"{user}:My API Key".encode()).decode()

    answer = await client.put("/profiles/u1", json=PROFILE, headers={"authorization": f"basic {credentials}"})

    assert answer.status_code == 200
    assert commands.entries[0].environment == "test"


@pytest.mark.parametrize(
    ("path", "user_id"),
    [
        ("a%2Fb%40c%23d%20e", "a/b@c#d e"),
        ("a+b", "a+b"),
        ("100%25", "100%"),
        ("%252F", "%2F"),
        ("%C3%BC", "ü"),
        ("a@b", "a@b"),
        ("..%2F..%2Fhealth", "../../health"),
        ("x%3Fy", "x?y"),
    ],
)
async def test_an_id_in_the_path_arrives_as_it_was_meant(client, commands, path: str, user_id: str) -> None:
    answer = await client.put(f"/profiles/{path}?q=1", json=PROFILE)

    assert answer.status_code == 200
    assert commands.entries[0].user_key == user_id


@pytest.mark.parametrize("path", ["%FF", "a%00b", "x" * 513])
async def test_an_id_that_cannot_be_stored_is_refused(client, commands, path: str) -> None:
    answer = await client.put(f"/profiles/{path}", json=PROFILE)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("user_id: ")
    assert commands.entries == []


async def test_an_unknown_route_is_404_without_asking_for_a_key(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere/at/all", headers={"authorization": ""})

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found", "type": "invalid_request_error"})


async def test_another_method_is_405_and_says_which_are_allowed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/health")

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json() == {"message": "Method Not Allowed", "type": "invalid_request_error"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{}", "profile: Required"),
        ("", "body: Required"),
        ('{"profile": null}', "profile: Expected `object`, got `null`"),
        ('{"profile": "x"}', "profile: Expected `object`, got `str`"),
        ("[]", "Expected `object`, got `array`"),
    ],
)
async def test_a_body_of_the_wrong_shape_says_where(client, body: str, message: str) -> None:
    answer = await client.put("/profiles/u1", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert answer.json() == {"message": message, "type": "invalid_request_error"}


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b'{"profile": {"a": NaN}}', b'{"profile":' + b"[" * 100_000, rb'{"profile": {"a": "\u0000"}}'],
)
async def test_a_body_that_is_no_json_is_refused(client, commands, body: bytes) -> None:
    answer = await client.put("/profiles/u1", content=body)

    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"
    assert commands.entries == []


async def test_members_nobody_knows_are_ignored(client: httpx.AsyncClient) -> None:
    answer = await client.put("/profiles/u1", json=PROFILE | {"colour": "red"})

    assert answer.status_code == 200


async def test_a_body_above_six_megabytes_is_413(client: httpx.AsyncClient) -> None:
    answer = await client.put("/profiles/u1", content=b" " * (6 * 1024 * 1024 + 1))

    assert answer.status_code == 413
    assert answer.json()["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("refusal", "status", "type", "header"),
    [
        (Forbidden("No."), 403, "authorization_error", ()),
        (NotFound("Profile not found"), 404, "invalid_request_error", ()),
        (Conflict("Taken."), 409, "invalid_request_error", ("x-should-retry", "false")),
        (TooMany("Slow down.", retry_after_ms=1_500), 429, "rate_limit_error", ("retry-after", "2")),
        (Unavailable("Stopping."), 503, "api_error", ("retry-after", "1")),
    ],
)
async def test_a_refusal_has_its_status(client, commands, refusal: Refusal, status, type, header) -> None:
    commands.refusal = refusal

    answer = await client.put("/profiles/u1", json=PROFILE)

    assert (answer.status_code, answer.json()) == (status, {"message": refusal.message, "type": type})
    assert not header or answer.headers[header[0]] == header[1]


async def test_an_error_nobody_expected_is_500_and_tells_nothing(client, commands) -> None:
    commands.append_and_wait = _broken

    answer = await client.put("/profiles/u1", json=PROFILE)

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error", "type": "api_error"})


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def _broken(entries: list[object]) -> Callable[[], None]:
    raise RuntimeError("the password is hunter2")
