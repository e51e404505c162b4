from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from posthorn.api.choices import Choices
from posthorn.api.reader.form import Filled, read_form, wanted_changes
from posthorn.preferences.model import Change, PublishedPage, PublishedSection, PublishedTopic
from preferences.preference_cases import chosen, topic

PAGE = PublishedPage(
    environment="production",
    version=1,
    sections=(
        PublishedSection(
            section_id="ps_1",
            name="Marketing",
            topics=(
                PublishedTopic(topic_id="pt_1", name="News", channels=("email", "sms")),
                PublishedTopic(topic_id="pt_2", name="Offers"),
            ),
        ),
    ),
)
TOPICS = {"pt_1": topic("pt_1"), "pt_2": topic("pt_2", "OPTED_OUT")}


def changes(*ticked: tuple[str, str], chosen: Any = (), page: PublishedPage = PAGE) -> tuple[Change, ...]:
    filled = read_form([("shown", "pt_1"), ("shown", "pt_2"), *ticked])
    return wanted_changes(filled, page, Choices(user_key="u-1", tenant_id="", topics=TOPICS, preferences=chosen))


def test_only_what_differs_is_changed() -> None:
    both = [("channel", "pt_1:email"), ("channel", "pt_1:sms")]

    assert changes(("in", "pt_1"), *both) == ()
    assert changes() == (Change(topic_id="pt_1", status="OPTED_OUT"),)
    assert [one.topic_id for one in changes(("in", "pt_1"), ("in", "pt_2"), *both)] == ["pt_2"]


def test_a_channel_that_is_not_offered_stays_chosen() -> None:
    now = (chosen("OPTED_IN", has_custom_routing=True, custom_routing=("push", "sms")),)

    assert changes(("in", "pt_1"), ("channel", "pt_1:sms"), chosen=now) == ()
    changed = changes(("in", "pt_1"), ("channel", "pt_1:email"), chosen=now)
    assert changed[0].custom_routing == ("email", "push")


def test_all_that_is_offered_is_no_choice_any_more() -> None:
    now = (chosen("OPTED_IN", has_custom_routing=True, custom_routing=("sms",)),)
    changed = changes(("in", "pt_1"), ("channel", "pt_1:sms"), ("channel", "pt_1:email"), chosen=now)

    assert (changed[0].has_custom_routing, changed[0].custom_routing) == (False, ())


@given(st.lists(st.tuples(st.sampled_from(["shown", "in", "channel", "digest:a", "everything", "x"]), st.text() | st.none())))
def test_any_form_can_be_read(fields: list[tuple[str, Any]]) -> None:
    assert isinstance(read_form(fields), Filled)
