"""Whatever happens to a user, at every moment he is in exactly those audiences whose rules hold for him."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from audiences.audience_parts import MINUTE, NOW, audience, leaf
from posthorn.audiences.decide import Change, decide
from posthorn.audiences.index import AudienceIndex
from posthorn.audiences.model import Audience, Outcome, Seen, State
from posthorn.audiences.rule import Subject
from posthorn.events.model import Event
from posthorn.timers.model import DUE, Timer

leaves = st.one_of(
    st.builds(
        leaf, st.sampled_from(["EQ", "NEQ"]), st.sampled_from(["plan", "address.city"]), st.sampled_from(["a", "b", "true"])
    ),
    st.builds(leaf, st.just("INCLUDES"), st.just("plan"), st.sampled_from(["true", "1"])),
    st.builds(leaf, st.just("GT"), st.just("age"), st.sampled_from(["1", "2"])),
    st.builds(leaf, st.just("MEMBER_OF"), st.just("account_id"), st.sampled_from(["t1", "t2"])),
    st.fixed_dictionaries(
        {"operator": st.sampled_from(["DID", "DID_NOT"]), "event": st.sampled_from(["X", "Y"]), "at_least": st.integers(1, 3)},
        optional={"within": st.sampled_from(["10 minutes", "1 hour"])},
    ),
)
audiences = st.lists(
    st.tuples(st.lists(leaves, min_size=1, max_size=3), st.sampled_from(["AND", "OR"])), min_size=1, max_size=5
)
happenings = st.lists(
    st.one_of(
        st.tuples(
            st.just("identify"),
            st.sampled_from(["plan", "age", "unread"]),
            st.sampled_from(["a", "b", 1, 2, True, None, [1], [True]]),
        ),
        st.tuples(st.just("move"), st.just("city"), st.sampled_from(["a", "b"])),
        st.tuples(st.just("track"), st.sampled_from(["X", "Y", "Z"]), st.integers(0, 90)),
        st.tuples(st.just("tenant"), st.sampled_from(["t1", "t2"]), st.booleans()),
        st.tuples(st.just("wait"), st.just(""), st.integers(1, 40)),
    ),
    max_size=12,
)


class _User:
    """A user as the engine would keep him: what is seen of him, his state, his timers, and the clock."""

    def __init__(self, index: AudienceIndex) -> None:
        self._index = index
        self._seen = Seen()
        self._state = State()
        self._timers: dict[str, Timer] = {}
        self._now = NOW
        self._number = 0
        self.happens("identify", "plan", "a")

    def happens(self, what: str, name: str, value: Any) -> None:
        """One thing, and what comes due by it."""
        if what == "wait":
            self._wait(self._now + value * MINUTE)
            return
        before, profile = self._seen, dict(self._seen.profile or {})
        if what == "identify":
            self._seen = replace(before, profile={**profile, name: value})
        elif what == "move":
            self._seen = replace(before, profile={**profile, "address": {name: value}})
        elif what == "tenant":
            others = before.tenant_ids - {name}
            self._seen = replace(before, tenant_ids=others | {name} if value else others)
        at = self._now - value * MINUTE if what == "track" else self._now
        self._take(self._event(what, name=name, timestamp=at), before)

    def is_where_the_rules_say(self) -> None:
        subject = Subject(
            profile=self._seen.profile or {}, tenant_ids=self._seen.tenant_ids, times=self._state.times, now=self._now
        )
        for one in self._index.all():
            standing = self._state.standings.get(one.audience.audience_id)
            assert one.rule is not None
            assert (standing is not None and standing.is_member) == one.rule.holds(subject), one.audience.filter

    def _wait(self, until: int) -> None:
        while due := [timer for timer in self._timers.values() if timer.due_at <= until]:
            timer = min(due, key=lambda one: one.due_at)
            del self._timers[timer.timer_id]
            self._now = max(self._now, timer.due_at)
            fields = {"subject_id": timer.subject_id}
            self._take(self._event(DUE, name=timer.kind, timestamp=self._now, fields=fields), self._seen)
            if all(one.due_at > self._now for one in self._timers.values()):
                self.is_where_the_rules_say()
        self._now = until

    def _event(self, type_: str, **more: Any) -> Event:
        self._number += 1
        return Event(
            id=f"evt_0_{self._number}_0",
            environment="production",
            source_id="s",
            origin="tracking",
            type=type_,
            user_key="u-1",
            message_id=f"m-{self._number}",
            received_at=self._now,
            **more,
        )

    def _take(self, event: Event, before: Seen) -> None:
        change = Change(user_key="u-1", before=before, after=self._seen, now=self._now)
        outcome: Outcome = decide(event, self._state, change, self._index)
        standings = {one.audience_id: one for one in outcome.standings}
        self._state = State(standings={**self._state.standings, **standings}, times={**self._state.times, **outcome.times})
        self._timers |= {timer.timer_id: timer for timer in outcome.timers}
        moved = [one.standing.audience_id for one in outcome.transitions]
        assert len(moved) == len(set(moved))


@given(audiences, happenings)
def test_a_user_is_always_where_the_rules_say(rules: list[tuple[list[dict[str, Any]], str]], some: list[Any]) -> None:
    made: list[Audience] = [audience(f"a{at}", *each, operator=word) for at, (each, word) in enumerate(rules)]
    user = _User(AudienceIndex(made))

    for what, name, value in some:
        user.happens(what, name, value)
        user.is_where_the_rules_say()
