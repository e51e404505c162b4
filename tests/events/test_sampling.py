"""Which events are looked at."""

from posthorn.events.model import Event
from posthorn.events.sampling import FIRST, PAUSE_MS, STEP_MAX, Sampler


def _event(name: str = "Bought", origin: str = "tracking") -> Event:
    return Event(
        id="e", environment="production", source_id="s", origin=origin, type="track", name=name, user_key="u", message_id="m",
        timestamp=0, received_at=0,
    )  # fmt: skip


def test_the_first_of_a_kind_are_all_looked_at_and_then_one_a_second() -> None:
    sampler = Sampler()
    looked = sum(len(sampler.sample([_event()], 0)) for _ in range(2 * FIRST))
    soon = sampler.sample([_event()], PAUSE_MS - 1)
    later = sampler.sample([_event(), _event()], PAUSE_MS)

    assert (looked, len(soon), len(later)) == (FIRST, 0, 1)


def test_kinds_do_not_take_looks_from_each_other() -> None:
    sampler = Sampler()
    for _ in range(FIRST):
        sampler.sample([_event("a")], 0)

    assert len(sampler.sample([_event("b")], 0)) == 1


def test_a_step_never_looks_at_more_than_so_many() -> None:
    assert len(Sampler().sample([_event(str(at)) for at in range(500)], 0)) == STEP_MAX


def test_our_own_events_are_not_looked_at() -> None:
    assert Sampler().sample([_event(origin="api")], 0) == []
