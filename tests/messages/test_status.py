import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.messages.status import RANKS, STATUSES, can_cancel, is_stop, moved

ROWS = [
    ("ENQUEUED", "UNMAPPED", "UNMAPPED"),
    ("ENQUEUED", "DELAYED", "DELAYED"),
    ("ENQUEUED", "CANCELED", "CANCELED"),
    ("DELAYED", "CANCELED", "CANCELED"),
    ("ENQUEUED", "UNDELIVERABLE", "UNDELIVERABLE"),
    ("DELAYED", "UNDELIVERABLE", "UNDELIVERABLE"),
    ("ENQUEUED", "FILTERED", "FILTERED"),
    ("DELAYED", "FILTERED", "FILTERED"),
    ("ENQUEUED", "THROTTLED", "THROTTLED"),
    ("DELAYED", "DIGESTED", "DIGESTED"),
    ("ENQUEUED", "UNROUTABLE", "UNROUTABLE"),
    ("DELAYED", "UNROUTABLE", "UNROUTABLE"),
    ("ENQUEUED", "SIMULATED", "SIMULATED"),
    ("ENQUEUED", "ROUTED", "ROUTED"),
    ("DELAYED", "ROUTED", "ROUTED"),
    ("ROUTED", "SENT", "SENT"),
    ("ROUTED", "UNDELIVERABLE", "UNDELIVERABLE"),
    ("ROUTED", "UNROUTABLE", "UNROUTABLE"),
    ("SENT", "DELIVERED", "DELIVERED"),
    ("SENT", "UNDELIVERABLE", "UNDELIVERABLE"),
    ("SENT", "OPENED", "OPENED"),
    ("DELIVERED", "OPENED", "OPENED"),
    ("SENT", "CLICKED", "CLICKED"),
    ("DELIVERED", "CLICKED", "CLICKED"),
    ("OPENED", "CLICKED", "CLICKED"),
    ("DELIVERED", "UNDELIVERABLE", "DELIVERED"),
    ("OPENED", "UNDELIVERABLE", "OPENED"),
    ("CLICKED", "UNDELIVERABLE", "CLICKED"),
    ("CLICKED", "OPENED", "CLICKED"),
    ("DELIVERED", "SENT", "DELIVERED"),
    ("UNDELIVERABLE", "DELIVERED", "UNDELIVERABLE"),
    ("ROUTED", "CANCELED", "ROUTED"),
    ("SENT", "CANCELED", "SENT"),
]


@pytest.mark.parametrize(("current", "wanted", "after"), ROWS)
def test_a_row_of_the_transition_table_holds(current: str, wanted: str, after: str) -> None:
    assert moved(current, wanted) == after


def test_there_are_the_fifteen_wire_values() -> None:
    assert len(STATUSES) == 15


@given(st.lists(st.sampled_from(sorted(STATUSES)), max_size=20))
def test_a_status_never_goes_back_and_a_stop_is_for_good(reports: list[str]) -> None:
    status = "ENQUEUED"
    for wanted in reports:
        after = moved(status, wanted)
        assert after == status if is_stop(status) else True
        assert is_stop(after) or RANKS[after] >= RANKS.get(status, 0)
        status = after


def test_only_what_waits_can_be_canceled() -> None:
    assert {status for status in STATUSES if can_cancel(status)} == {"ENQUEUED", "DELAYED"}
