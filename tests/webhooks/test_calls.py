"""One call of an endpoint."""

import pytest

from posthorn.outbound import HttpResponse
from posthorn.webhooks.calls import MOST_ATTEMPTS, call, refusal, retry_at
from posthorn.webhooks.commands import GIVE_UP_AFTER_MS, webhook_commands
from posthorn.webhooks.model import MESSAGE_UPDATED, PROFILE_UPDATED, Endpoint, Notice, State

ENDPOINT = Endpoint(
    environment="production",
    endpoint_id="whe_1",
    url="https://example.test/hook",
    secret="whsec_example",
    events=(MESSAGE_UPDATED,),
    created_at=0,
    updated_at=0,
)
NOTICE = Notice(type=MESSAGE_UPDATED, key="k", data={"id": "1-66d43ca1-0a1b2c3d4e5f607182930a1b", "status": "SENT"})


def test_the_call_is_the_published_example() -> None:
    command = webhook_commands([ENDPOINT], NOTICE, user_key="u", now=1)[0]

    request = call(ENDPOINT, command.command_id, command.body, 1788257704001)

    assert request.body == b'{"type":"message:updated","data":{"id":"1-66d43ca1-0a1b2c3d4e5f607182930a1b","status":"SENT"}}'
    assert request.headers["courier-signature"] == (
        "t=1788257704001,signature=4cd2430d9315c731e155c0e11775c290d64a651af15015fc9ae6686f25b469a9"
    )


def test_the_same_fact_is_the_same_delivery_and_another_endpoint_has_its_own() -> None:
    other = Endpoint(environment="production", endpoint_id="whe_2", url="x", secret="s", created_at=0, updated_at=0)

    first = webhook_commands([ENDPOINT, other], NOTICE, user_key="u", now=1)
    again = webhook_commands([ENDPOINT, other], NOTICE, user_key="u", now=2)

    assert [one.command_id for one in first] == [one.command_id for one in again]
    assert len({one.command_id for one in first}) == len({one.lane for one in first}) == 2


@pytest.mark.parametrize(
    ("state", "kind", "count"), [("ok", MESSAGE_UPDATED, 1), ("ok", PROFILE_UPDATED, 0), ("off", MESSAGE_UPDATED, 0)]
)
def test_only_who_wants_it_and_is_called_is_told(state: State, kind: str, count: int) -> None:
    endpoint = Endpoint(
        environment="test",
        endpoint_id="e",
        url="x",
        secret="s",
        events=(MESSAGE_UPDATED,),
        state=state,
        created_at=0,
        updated_at=0,
    )

    assert len(webhook_commands([endpoint], Notice(type=kind, key="k", data={}), user_key="", now=0)) == count


@pytest.mark.parametrize(
    ("status", "is_taken", "is_alive"),
    [(200, True, True), (204, True, True), (301, False, True), (404, False, True), (429, False, False), (500, False, False)],
)
def test_any_2xx_is_taken_and_what_is_overloaded_counts_for_the_breaker(status: int, is_taken: bool, is_alive: bool) -> None:
    refused = refusal(HttpResponse(status=status))

    assert (refused is None) == is_taken
    assert refused is None or refused.is_alive == is_alive


@pytest.mark.parametrize(("asked", "wait_ms"), [("7", 7_000), ("999999", 3_600_000), ("soon", 0), ("", 0), ("٣", 0)])
def test_what_it_asked_for_is_kept_within_an_hour(asked: str, wait_ms: int) -> None:
    refused = refusal(HttpResponse(status=503, headers={"retry-after": asked}))

    assert refused is not None
    assert refused.retry_after_ms == wait_ms


def test_the_attempts_fill_the_three_days_and_no_more() -> None:
    at = 0
    for attempt in range(1, MOST_ATTEMPTS):
        at = retry_at(attempt, now=at, jitter=0)

    assert [retry_at(one, now=0, jitter=0) // 1_000 for one in (1, 2, 9, 10, 200)] == [5, 10, 720, 900, 900]
    assert 0 <= GIVE_UP_AFTER_MS - at < 900_000
    assert retry_at(1, now=0, jitter=0, asked_ms=60_000) == 60_000
