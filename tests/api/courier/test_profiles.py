"""Profiles over HTTP: what is written can be read at once."""

import json

import httpx
import pytest

from posthorn.errors import Unavailable

pytestmark = pytest.mark.anyio

ADA = {"email": "ada@example.com", "address": {"city": "London", "zip": "N1"}, "tags": ["a"]}


async def _stored(client: httpx.AsyncClient, user_id: str = "u1") -> dict[str, object]:
    return (await client.get(f"/profiles/{user_id}")).json()["profile"]


async def test_a_profile_nobody_wrote_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.get("/profiles/u1")

    assert answer.status_code == 404
    assert answer.json() == {"message": "Profile not found", "type": "invalid_request_error"}


async def test_what_was_put_is_read(client: httpx.AsyncClient) -> None:
    await client.put("/profiles/a%2Fb", json={"profile": ADA})

    answer = await client.get("/profiles/a%2Fb")

    assert answer.json() == {"profile": ADA, "preferences": {"notifications": {}, "categories": {}}}


async def test_post_merges_deeply(client: httpx.AsyncClient) -> None:
    await client.post("/profiles/u1", json={"profile": ADA})

    answer = await client.post("/profiles/u1", json={"profile": {"address": {"city": "Paris"}, "tags": ["b"], "email": None}})

    assert (answer.status_code, answer.json()) == (200, {"status": "SUCCESS"})
    assert await _stored(client) == {"email": None, "address": {"city": "Paris", "zip": "N1"}, "tags": ["b"]}


async def test_put_removes_what_it_does_not_name(client: httpx.AsyncClient) -> None:
    await client.put("/profiles/u1", json={"profile": ADA})

    await client.put("/profiles/u1", json={"profile": {}})

    assert await _stored(client) == {}


async def test_patch_changes_the_profile_and_answers_nothing(client: httpx.AsyncClient, commands) -> None:
    await client.put("/profiles/u1", json={"profile": ADA})
    operations = [
        {"op": "test", "path": "/address/zip", "value": "N1"},
        {"op": "replace", "path": "/address/city", "value": None},
        {"op": "move", "from": "/email", "path": "/mail"},
        {"op": "remove", "path": "/tags/0"},
    ]

    answer = await client.patch("/profiles/u1", json={"patch": operations})

    assert (answer.status_code, answer.content) == (204, b"")
    assert await _stored(client) == {"mail": "ada@example.com", "address": {"city": None, "zip": "N1"}, "tags": []}
    assert json.loads(commands.entries[-1].body) == {"patch": operations}


async def test_patch_creates_a_profile(client: httpx.AsyncClient) -> None:
    await client.patch("/profiles/u1", json={"patch": [{"op": "add", "path": "/email", "value": "a@b.co"}]})

    assert await _stored(client) == {"email": "a@b.co"}


async def test_an_empty_patch_changes_nothing(client: httpx.AsyncClient, commands) -> None:
    answer = await client.patch("/profiles/u1", json={"patch": []})

    assert (answer.status_code, commands.entries) == (204, [])


@pytest.mark.parametrize(
    ("operations", "start"),
    [
        ([{"op": "add", "path": "/x", "value": 1}, {"op": "test", "path": "/x", "value": 2}], "patch[1]: "),
        ([{"op": "remove", "path": "/nothing"}], "patch[0]: "),
        ([{"op": "add", "path": "no-slash", "value": 1}], "patch[0]: "),
        ([{"op": "add", "path": "/x"}], "patch[0]: "),
        ([{"op": "move", "path": "/x"}], "patch[0]: "),
        ([{"op": "replace", "path": "", "value": []}], "patch: the profile would not be an object"),
        ([{"op": "burn", "path": "/x"}], "patch[0].op: "),
        ([{"path": "/x"}, {"op": "add"}], "patch[0].op: Required; patch[1].path: Required"),
        ([{"op": "copy", "from": "", "path": "/a"}] * 21, "patch: at most 20 copy operations"),
        ([{"op": "test", "path": "", "value": {}}] * 1001, "patch: at most 1000 operations"),
        ([{"op": "add", "path": "/" + "a/" * at + "a", "value": {}} for at in range(101)], "The body is nested too deep"),
    ],
)
async def test_a_patch_that_does_not_apply_is_refused_whole(client, commands, operations, start: str) -> None:
    answer = await client.patch("/profiles/u1", json={"patch": operations})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(start)
    assert commands.entries == []


async def test_copies_cannot_blow_a_profile_up(client: httpx.AsyncClient) -> None:
    await client.put("/profiles/u1", json={"profile": {"text": "x" * 1_000_000}})

    copies = [{"op": "copy", "from": "", "path": f"/c{at}"} for at in range(10)]
    answer = await client.patch("/profiles/u1", json={"patch": copies})

    assert answer.json()["message"] == "patch[2]: the profile would be larger than 6 MB"


async def test_deleting_twice_is_the_same_as_once(client: httpx.AsyncClient, commands) -> None:
    await client.put("/profiles/u1", json={"profile": ADA})

    answers = [await client.delete("/profiles/u1"), await client.delete("/profiles/u1")]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await client.get("/profiles/u1")).status_code == 404
    assert commands.entries[-1].type == "profile.deleted"


async def test_the_environments_know_nothing_of_each_other(client: httpx.AsyncClient) -> None:
    await client.put("/profiles/u1", json={"profile": ADA})

    answer = await client.get("/profiles/u1", headers={"authorization": "Bearer My API Key"})

    assert answer.status_code == 404


async def test_a_write_that_was_not_taken_is_503_and_may_be_repeated(client: httpx.AsyncClient, commands) -> None:
    commands.refusal = Unavailable("Stopping.", retry_after_ms=2_000)

    answer = await client.put("/profiles/u1", json={"profile": ADA})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
