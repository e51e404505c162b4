from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from posthorn.preferences.decide import Outcome, decide
from posthorn.preferences.effective import effective
from posthorn.preferences.model import Change, Preference, PreferencesChanged
from preferences.preference_cases import NOW, change_event, chosen, topic

TOPICS = {"pt_1": topic("pt_1"), "pt_2": topic("pt_2", "OPTED_OUT"), "pt_3": topic("pt_3", "REQUIRED")}


def after(before: tuple[Preference, ...], *changes: Change, line: Any = (), **fields: Any) -> Outcome:
    return decide(before, change_event(), PreferencesChanged(changes=changes, **fields), TOPICS, line)


def test_opting_out_is_kept_and_told() -> None:
    outcome = after((), Change(topic_id="pt_1", status="OPTED_OUT"), cause="list_unsubscribe")

    assert outcome.preferences == (Preference(user_key="u-1", topic_id="pt_1", status="OPTED_OUT", changed_at=NOW + 1_000),)
    told = outcome.changes[0]
    assert (told.status, told.previous_status, told.cause) == ("OPTED_OUT", "OPTED_IN", "list_unsubscribe")


def test_choosing_what_counts_already_is_kept_but_not_told() -> None:
    outcome = after((), Change(topic_id="pt_1", status="OPTED_IN"))

    assert [one.status for one in outcome.preferences] == ["OPTED_IN"]
    assert outcome.changes == ()


def test_the_same_choice_again_changes_nothing() -> None:
    before = (chosen("OPTED_OUT"),)

    outcome = after(before, Change(topic_id="pt_1", status="OPTED_OUT"))

    assert outcome.preferences is before
    assert outcome.changes == ()


def test_other_channels_are_kept_and_not_told() -> None:
    outcome = after(
        (chosen("OPTED_IN"),), Change(topic_id="pt_1", has_custom_routing=True, custom_routing=("email",), status="OPTED_IN")
    )

    assert outcome.preferences[0].custom_routing == ("email",)
    assert outcome.changes == ()


def test_channels_stay_through_an_opt_out_that_says_nothing_of_them() -> None:
    before = (chosen("OPTED_IN", has_custom_routing=True, custom_routing=("sms",), digest_schedule="daily"),)

    kept = after(before, Change(topic_id="pt_1", status="OPTED_OUT")).preferences[0]

    assert (kept.status, kept.custom_routing, kept.digest_schedule) == ("OPTED_OUT", ("sms",), "daily")


def test_nobody_opts_out_of_what_is_required() -> None:
    outcome = after((), Change(topic_id="pt_3", status="OPTED_OUT"))

    assert (outcome.preferences, outcome.changes) == ((), ())
    assert outcome.facts[0].reason == "This topic is required."


def test_an_unknown_topic_changes_nothing() -> None:
    outcome = after((), Change(topic_id="pt_9", status="OPTED_OUT"))

    assert (outcome.preferences, outcome.facts[0].verdict) == ((), "unknown")


def test_what_is_not_listed_in_a_full_set_goes_back_to_the_default_of_its_context() -> None:
    before = (chosen("OPTED_OUT"), chosen("OPTED_IN", "pt_2"), chosen("OPTED_OUT", tenant_id="acme"))

    outcome = after(before, Change(topic_id="pt_2", status="OPTED_IN"), replaces=True)

    assert [(one.topic_id, one.tenant_id) for one in outcome.preferences] == [("pt_2", ""), ("pt_1", "acme")]
    assert [(one.topic.topic_id, one.status) for one in outcome.changes] == [("pt_1", "OPTED_IN")]


def test_what_was_chosen_for_an_archived_topic_is_not_forgotten_with_a_full_set() -> None:
    topics = {"pt_1": topic("pt_1", archived_at=NOW)}

    outcome = decide((chosen("OPTED_OUT"),), change_event(), PreferencesChanged(replaces=True), topics, ())

    assert len(outcome.preferences) == 1


def test_in_a_tenants_context_its_default_is_what_one_goes_back_to() -> None:
    line = ({"items": [{"id": "pt_1", "status": "OPTED_OUT"}]},)

    outcome = after((chosen("OPTED_IN", tenant_id="acme"),), Change(topic_id="pt_1"), tenant_id="acme", line=line)

    assert outcome.preferences == ()
    assert [(one.status, one.tenant_id) for one in outcome.changes] == [("OPTED_OUT", "acme")]


changes = st.builds(
    Change,
    topic_id=st.sampled_from(["pt_1", "pt_2", "pt_3", "pt_9"]),
    status=st.sampled_from(["OPTED_IN", "OPTED_OUT", None]),
)
payloads = st.builds(
    PreferencesChanged,
    changes=st.lists(changes, max_size=4).map(tuple),
    tenant_id=st.sampled_from(["", "acme"]),
    replaces=st.booleans(),
)


@given(st.lists(payloads, max_size=6))
def test_each_change_of_what_counts_is_told_exactly_once(history: list[PreferencesChanged]) -> None:
    now: tuple[Preference, ...] = ()
    for payload in history:
        outcome = decide(now, change_event(), payload, TOPICS, ())
        turned = {
            topic_id
            for topic_id, one in TOPICS.items()
            if effective(one, now, payload.tenant_id).is_in != effective(one, outcome.preferences, payload.tenant_id).is_in
        }
        assert sorted(one.topic.topic_id for one in outcome.changes) == sorted(turned)
        assert decide(outcome.preferences, change_event(), payload, TOPICS, ()).changes == ()
        now = outcome.preferences
