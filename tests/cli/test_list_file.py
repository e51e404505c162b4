from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.cli.list_file import BadRow, Row, read_heading, read_rows
from posthorn.errors import Invalid


def _read(content: bytes) -> list[Row | BadRow]:
    stream = BytesIO(content)
    return [row for _, row in read_rows(stream, read_heading(stream))]


def test_users_are_read_with_what_they_want():
    rows = _read(b'user_id,preferences\r\nu-1,\r\n"a,b","{""categories"": {}}"\r\n\r\n u-3 \r\n')

    assert rows == [Row(2, "u-1"), Row(3, "a,b", {"categories": {}}), Row(5, "u-3")]


@pytest.mark.parametrize("heading", [b"user_id;name", b"\xef\xbb\xbfname;recipientId", b"id\tname", b" user_id , name "])
def test_the_heading_tells_where_the_user_is_and_what_parts_the_cells(heading: bytes):
    found = read_heading(BytesIO(heading + b"\n"))

    assert (found.width, found.other) == (2, ("name",))


@pytest.mark.parametrize("heading", [b"", b"\n", b"email,name\n", b'"user_id\n', b"\xff\xfe\n"])
def test_a_file_whose_heading_names_no_user_is_refused(heading: bytes):
    with pytest.raises(Invalid):
        read_heading(BytesIO(heading))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b",x", "no user id"),
        (b"u,1,2,3", "4 cells, but the first line names 2"),
        (b'"u-1', "not CSV"),
        (b'"u"1,x', "not CSV"),
        (b"\xff\xfe,x", "not UTF-8"),
        (b"u" * 600, "longer than 512"),
        (b"a\0b", "NUL"),
        (b"u,[1]", "no JSON object"),
        (b"u,{", "no JSON object"),
    ],
)
def test_a_broken_line_says_why_and_spoils_no_other(line: bytes, reason: str):
    first, broken, last = _read(b"user_id,preferences\nu-1\n" + line + b"\nu-3\n")

    assert (first, last) == (Row(2, "u-1"), Row(4, "u-3"))
    assert isinstance(broken, BadRow)
    assert (broken.number, reason in broken.reason) == (3, True)


def test_row_seventy_thousand_of_a_hundred_thousand_does_not_stop_the_rest():
    lines = [b"u-%d" % number for number in range(100_000)]
    lines[69_998] = b'"never closed'
    rows = _read(b"user_id\n" + b"\n".join(lines))

    assert [row.number for row in rows if isinstance(row, BadRow)] == [70_000]
    assert len(rows) == 100_000


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_say_why_not(content: bytes):
    assert all(isinstance(row, Row | BadRow) for row in _read(b"user_id,preferences\n" + content))
