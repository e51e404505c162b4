import pytest

from posthorn.log.model import BlockSize, enough


@pytest.mark.parametrize(
    ("counts", "most", "wanted"),
    [([], 500, 0), ([1, 1], 500, 2), ([500, 1], 500, 1), ([600], 500, 1), ([200, 200, 200, 200], 500, 3)],
)
def test_blocks_are_taken_until_there_are_enough_events(counts: list[int], most: int, wanted: int) -> None:
    sizes = [BlockSize(block_offset=offset, event_count=count) for offset, count in enumerate(counts, 1)]

    assert enough(sizes, most) == wanted
