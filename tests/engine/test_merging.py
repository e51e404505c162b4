"""What a user inherits from an id that was merged into him, and where events of such an id go."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from posthorn.automations.model import WAITING, Run
from posthorn.engine.inheriting import Handed, inherited
from posthorn.engine.merging import at_home, passed_on
from posthorn.engine.state import UserState
from posthorn.events.model import Entry
from posthorn.events.read import read_event
from posthorn.identities.model import Identity
from posthorn.identities.store import LONGEST_CHAIN
from posthorn.profiles.model import Profile
from posthorn.tenants.model import Membership
from posthorn.timers.model import Timer

TRAITS = st.dictionaries(st.sampled_from("abcd"), st.integers())
TENANTS = st.sets(st.sampled_from(["t1", "t2", "t3"]))


def _profile(user_key: str, traits: dict[str, int]) -> Profile:
    return Profile(user_key=user_key, profile=traits, trait_times=dict.fromkeys(traits, 1), created_at=1, updated_at=1)


def _memberships(user_key: str, tenants: set[str], **profile: Any) -> tuple[Membership, ...]:
    return tuple(Membership(user_key=user_key, tenant_id=one, profile=profile, joined_at=1) for one in sorted(tenants))


def _run(run_id: str = "r-1", recipient: str = "a-1", **data: Any) -> Run:
    return Run(
        run_id=run_id,
        environment="production",
        user_key="a-1",
        automation_id="x",
        version=1,
        kind="automation",
        status=WAITING,
        context={"recipient": recipient, "data": data},
        created_at=1,
        updated_at=1,
    )


def _entry(type: str, body: bytes = b"{}", passed: int = 0) -> Entry:
    return Entry(
        environment="production",
        source_id="",
        origin="tracking",
        type=type,
        user_key="a-1",
        message_id="m",
        received_at=1,
        body=body,
        passed_on=passed,
    )


USER = UserState(environment="production", user_key="u-1")
MERGED = UserState(environment="production", user_key="a-1", identity=Identity(merged_into="u-1"))


@given(TRAITS, TRAITS, TENANTS, TENANTS)
def test_what_the_user_has_wins_and_inheriting_twice_is_inheriting_once(
    own: dict[str, int], old: dict[str, int], own_tenants: set[str], old_tenants: set[str]
) -> None:
    user = replace(USER, profile=_profile("u-1", own), memberships=_memberships("u-1", own_tenants, is_own=True))
    handed = Handed(
        previous_id="a-1", profile=_profile("a-1", old), memberships=_memberships("a-1", old_tenants), runs=(_run(),)
    )

    after = inherited(user, handed).user
    again = inherited(after, handed).user

    assert after.profile is not None
    assert after.profile.profile == {**old, **own}
    assert {one.tenant_id for one in after.memberships} == own_tenants | old_tenants
    assert all(one.user_key == "u-1" for one in after.memberships)
    assert {one.tenant_id for one in after.memberships if one.profile} == own_tenants
    assert (again.profile, again.memberships, again.runs) == (after.profile, after.memberships, after.runs)


def test_a_run_goes_on_for_the_user_with_its_timer() -> None:
    timer = Timer(timer_id="t", due_at=9, environment="production", user_key="a-1", kind="run", subject_id="r-1")

    rows = inherited(USER, Handed(previous_id="a-1", runs=(_run(cart="c-9"),), timers=(timer,)))

    assert rows.runs == rows.user.runs
    assert rows.runs[0].context == {"recipient": "u-1", "data": {"cart": "c-9", "userId": "u-1", "userid": "u-1"}}
    assert [(one.user_key, one.due_at) for one in rows.timers] == [("u-1", 9)]


def test_a_run_that_writes_to_somebody_else_still_does() -> None:
    rows = inherited(USER, Handed(previous_id="a-1", runs=(_run(recipient="boss", userId="boss"),)))

    assert rows.runs[0].context == {"recipient": "boss", "data": {"userId": "boss"}}


def test_an_event_of_a_merged_id_goes_to_the_user_and_is_his() -> None:
    entry = _entry("track", b'{"anonymousId":"a-1","event":"Seen","n":1e999}')

    decision = passed_on(MERGED, entry, read_event(entry, "evt_0_1_0"))

    assert decision is not None
    copy = decision.entries[0]
    assert (copy.user_key, copy.passed_on, copy.message_id) == ("u-1", 1, "m")
    assert read_event(copy, "evt_0_2_0").user_id == "u-1"


def test_what_is_about_the_old_id_or_a_message_sent_to_it_stays() -> None:
    for type in ("message.delivered", "message.cancel_requested", "merge.requested", "merge.erased"):
        entry = _entry(type)

        assert passed_on(MERGED, entry, read_event(entry, "evt_0_1_0")) is None


def test_an_id_that_several_carry_keeps_its_events() -> None:
    shared = replace(MERGED, identity=replace(MERGED.identity, is_shared=True))
    entry = _entry("track")

    assert passed_on(shared, entry, read_event(entry, "evt_0_1_0")) is None


def test_a_circle_is_broken_at_the_least_of_its_ids_only() -> None:
    entry = _entry("track", passed=LONGEST_CHAIN)
    greater = UserState(environment="production", user_key="u-1", identity=Identity(merged_into="a-1"))

    assert at_home(MERGED, entry).identity.passes_to == ""
    assert at_home(greater, entry) is greater
    assert at_home(MERGED, _entry("track", passed=3)) is MERGED
