"""Tests of identifiers."""

import re
import uuid

from hypothesis import given
from hypothesis import strategies as st

from posthorn.ids import digest, prefixed_id, random_uuid, request_id


def test_a_random_uuid_is_of_version_4_and_never_the_same():
    first, second = random_uuid(), random_uuid()

    assert uuid.UUID(first).version == 4
    assert first != second


@given(st.lists(st.text()), st.lists(st.text()))
def test_a_digest_tells_where_one_part_ends_and_the_next_begins(left: list[str], right: list[str]):
    assert (digest(*left) == digest(*right)) == (left == right)


def test_a_digest_takes_half_a_surrogate():
    assert len(digest("\ud800")) == 16


def test_a_request_id_has_the_seconds_and_the_seed():
    assert request_id(1_772_443_200_000, bytes(range(16))) == "1-69a55640-000102030405060708090a0b"


def test_prefixed_ids_are_in_order_of_time():
    earlier, later = (prefixed_id("nt_", at, bytes(10)) for at in (1_772_443_200_000, 1_772_443_200_001))

    assert earlier < later
    assert re.fullmatch(r"nt_[0-9a-hjkmnp-tv-z]{26}", earlier)
