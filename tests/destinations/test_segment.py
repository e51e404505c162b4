import base64
import gzip

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.destinations import segment
from posthorn.destinations.model import Dead, Delivered, Halve, Misconfigured, Pause, Retry
from posthorn.destinations.segment import Settings, checked, key_check, outcome, request, sends
from posthorn.errors import Invalid
from posthorn.outbound import HttpResponse

NOW = 1_772_443_200_000
SETTINGS = Settings(write_key='wk"1', endpoint="https://events.eu1.segmentapis.com/v1")


def test_a_request_is_one_compressed_batch_with_the_key_and_the_time_of_sending():
    sent = request([b'{"a":1}', b'{"b":2}'], SETTINGS, NOW)

    assert sent.url == "https://events.eu1.segmentapis.com/v1/batch"
    assert sent.method == "POST"
    assert sent.headers["Content-Encoding"] == "gzip"
    assert sent.headers["Content-Type"] == "application/json"
    assert base64.b64decode(sent.headers["Authorization"].removeprefix("Basic ")) == b'wk"1:'
    assert orjson.loads(gzip.decompress(sent.body)) == {
        "batch": [{"a": 1}, {"b": 2}],
        "sentAt": "2026-03-02T09:20:00.000Z",
        "writeKey": 'wk"1',
    }


@pytest.mark.parametrize(
    ("status", "several", "single"),
    [
        (200, Delivered, Delivered),
        (202, Delivered, Delivered),
        (301, Misconfigured, Misconfigured),
        (400, Halve, Dead),
        (401, Pause, Pause),
        (403, Pause, Pause),
        (404, Pause, Pause),
        (408, Retry, Retry),
        (410, Retry, Retry),
        (413, Pause, Pause),
        (422, Pause, Pause),
        (429, Retry, Retry),
        (451, Pause, Pause),
        (460, Retry, Retry),
        (500, Retry, Retry),
        (501, Pause, Pause),
        (503, Retry, Retry),
        (505, Pause, Pause),
        (511, Pause, Pause),
    ],
)
def test_each_answer_means_one_thing(status, several, single):
    assert type(outcome(HttpResponse(status=status), 10, NOW)) is several
    assert type(outcome(HttpResponse(status=status), 1, NOW)) is single


@pytest.mark.parametrize(
    ("header", "wait_ms"),
    [
        ("7", 7_000),
        (" 7 ", 7_000),
        ("0", 0),
        ("86400", 300_000),
        ("9" * 500, 300_000),
        ("Mon, 02 Mar 2026 09:20:30 GMT", 30_000),
        ("Mon, 02 Mar 2026 09:20:30 -0000", 30_000),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("Mon, 02 Mar 2099 08:00:00 GMT", 300_000),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_five_minutes(header, wait_ms):
    answer = outcome(HttpResponse(status=429, headers={"retry-after": header}), 3, NOW)

    assert isinstance(answer, Retry)
    assert answer.retry_after_ms == wait_ms


@given(header=st.text(), body=st.binary())
def test_no_answer_breaks_its_reader(header, body):
    answer = outcome(HttpResponse(status=503, headers={"retry-after": header}, body=body), 1, NOW)

    assert isinstance(answer, Retry)
    assert "\0" not in answer.reason


def test_the_reason_shows_what_segment_said():
    answer = outcome(HttpResponse(status=401, body=b'{"code":"invalid_write_key"}'), 1, NOW)

    assert answer == Pause(reason='Segment answered 401: {"code":"invalid_write_key"}')


def test_settings_are_trimmed():
    assert checked(Settings(write_key=" wk ", endpoint=" https://api.segment.io/v1/ ")) == Settings(write_key="wk")


@pytest.mark.parametrize(
    "settings",
    [
        Settings(write_key=""),
        Settings(write_key="  "),
        Settings(write_key="wk\r\nX: y"),
        Settings(write_key="schlüssel"),
        Settings(write_key="wk", endpoint=""),
        Settings(write_key="wk", endpoint="api.segment.io/v1"),
        Settings(write_key="wk", endpoint="ftp://api.segment.io/v1"),
        Settings(write_key="wk", endpoint="https://"),
        Settings(write_key="wk", endpoint="https://[::1"),
        Settings(write_key="wk", endpoint="https://h:99999/v1"),
        Settings(write_key="wk", endpoint="https://h/v1?x=1"),
        Settings(write_key="wk", endpoint="https://user:pass@h/v1"),
        Settings(write_key="wk", endpoint="https://h/a b"),
        Settings(write_key="wk", events={"Message Read": True}),
    ],
)
def test_settings_that_cannot_work_are_refused(settings):
    with pytest.raises(Invalid):
        checked(settings)


def test_an_event_that_is_not_named_is_on():
    settings = Settings(write_key="wk", events={"Message Sent": False, "Message Opened": True})

    assert [sends(settings, name) for name in ("Message Sent", "Message Opened", "Message Clicked")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("https://api.segment.io/v1", "https://cdn.segment.com/v1/projects/a%2Fb/settings"),
        ("https://events.eu1.segmentapis.com/v1", "https://cdn.segment.com/v1/projects/a%2Fb/settings"),
        ("http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/projects/a%2Fb/settings"),
        ("https://notsegment.io/v1", "https://notsegment.io/v1/projects/a%2Fb/settings"),
    ],
)
def test_a_key_is_checked_where_it_would_be_used(endpoint, url):
    assert key_check(Settings(write_key="a/b", endpoint=endpoint)).url == url


def test_the_limits_leave_room_for_what_stands_around_the_events():
    settings = Settings(write_key='"' * 200)
    around = len(gzip.decompress(request([], settings, NOW).body))

    assert segment.destination.most_bytes + around <= 475_000
