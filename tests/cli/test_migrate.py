from collections.abc import Callable
from typing import Any


def test_migrating_twice_changes_nothing_the_second_time(posthorn: Callable[..., Any]) -> None:
    first, second = posthorn("migrate"), posthorn("migrate")

    assert first.out.startswith("applied 0001_core\n")
    assert (second.code, second.out) == (0, "The database is up to date.\n")
