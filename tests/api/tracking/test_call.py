"""A call that is driven by hand: whatever goes wrong is an answer."""

from typing import Any

import pytest

from posthorn.api.tracking.answers import Answer
from posthorn.api.tracking.call import Call
from posthorn.api.tracking.request import Request
from posthorn.errors import TooMany

HEADERS = {b"authorization": b"Basic d2tfc2VydmVyX2RlbW86"}  # wk_server_demo:
PING = b'{"userId":"u-1","event":"Ping","messageId":"m-1"}'


def called(tracking: Any, path: str = "/v1/track", method: str = "POST", **headers: bytes) -> Call:
    return tracking.app.call(Request(method, path, b"", {**HEADERS, **{k.encode(): v for k, v in headers.items()}}, ""))


def answers_of(call: Call) -> list[Answer]:
    answers: list[Answer] = []
    call.store(answers.append)
    return answers


def test_a_call_has_no_reply_before_its_body_is_complete(tracking: Any) -> None:
    call = called(tracking)
    call.feed(PING[:9])
    call.feed(PING[9:])
    assert call.reply is None

    call.end()

    assert [answer.status for answer in answers_of(call)] == [200]
    assert tracking.entries[0].body == PING


def test_what_comes_behind_a_reply_is_ignored(tracking: Any) -> None:
    call = called(tracking, **{"content-length": b"9999999"})
    reply = call.reply
    call.feed(PING)
    call.end()

    assert reply is not None
    assert reply.answer.status == 400
    assert call.reply is reply


def test_an_answer_waits_for_the_reply(tracking: Any) -> None:
    with pytest.raises(RuntimeError):
        called(tracking).store(lambda answer: None)


def test_another_method_is_told_which_ones_there_are(tracking: Any) -> None:
    [answer] = answers_of(called(tracking, method="GET"))

    assert (answer.status, (b"allow", b"POST, OPTIONS") in answer.headers) == (405, True)


def test_a_log_that_takes_nothing_is_a_refusal(tracking: Any) -> None:
    tracking.failure = TooMany("Too much is waiting", retry_after_ms=1)
    call = called(tracking)
    call.feed(PING)
    call.end()

    assert [answer.status for answer in answers_of(call)] == [429]


def test_a_mistake_of_ours_is_a_500(tracking: Any) -> None:
    tracking.failure = RuntimeError("a mistake of ours")
    call = called(tracking)
    call.feed(PING)
    call.end()

    assert [answer.status for answer in answers_of(call)] == [500]
