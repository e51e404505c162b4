import json

from hypothesis import given
from hypothesis import strategies as st

from posthorn.cli.event_file import MAX_BYTES, MAX_EVENTS, batches


def test_a_batch_keeps_to_the_number_and_the_size_that_servers_take() -> None:
    small = [b'{"type":"track"}\n'] * (MAX_EVENTS + 1)
    large = [b'{"x":"' + b"a" * 200_000 + b'"}\n'] * 3

    assert [len(batch.lines) for batch in batches(small, "r")] == [MAX_EVENTS, 1]
    assert [len(batch.lines) for batch in batches(large, "r")] == [2, 1]


def test_an_event_keeps_its_own_message_id_and_else_gets_one_of_the_run() -> None:
    lines = [b'{"messageId":"m1"}', b"{}", b'{"a": 1.50}', b'{"messageId":null}']

    (batch,) = batches(lines, "run")

    assert [line.body for line in batch.lines] == [
        b'{"messageId":"m1"}',
        b'{"messageId":"run-2"}',
        b'{"messageId":"run-3","a": 1.50}',
        b'{"messageId":"run-4"}',
    ]


def test_bad_lines_are_named_by_number_and_empty_ones_passed_over() -> None:
    (batch,) = batches([b"\xef\xbb\xbf{}\n", b"\n", b"[1]\n", b"{\n", b"\xff\n"], "r")

    assert [line.number for line in batch.lines] == [1]
    assert [(bad.number, bad.code) for bad in batch.bad] == [(3, "invalid_body"), (4, "invalid_json"), (5, "invalid_json")]


@given(st.lists(st.binary(max_size=60) | st.dictionaries(st.text(), st.integers()).map(lambda d: json.dumps(d).encode())))
def test_every_line_is_sent_named_or_empty_and_the_progress_ends_at_the_end(lines: list[bytes]) -> None:
    found = list(batches(lines, "r"))

    numbers = [line.number for batch in found for line in (*batch.lines, *batch.bad)]
    assert len(numbers) == len(set(numbers))
    assert all(
        not lines[number - 1].strip(b"\xef\xbb\xbf \r\n\t\v\f") for number in set(range(1, len(lines) + 1)) - set(numbers)
    )
    assert all(batch.read_bytes <= sum(map(len, lines)) for batch in found)
    assert all(len(line.body) < MAX_BYTES and json.loads(line.body)["messageId"] for batch in found for line in batch.lines)
