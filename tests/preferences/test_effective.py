from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.preferences.effective import effective, read_default
from posthorn.preferences.model import Default
from preferences.preference_cases import chosen, topic


def default(status: Any) -> dict[str, Any]:
    """A tenant's defaults as they are stored."""
    return {"items": [{"id": "pt_0", "status": "OPTED_IN"}, {"id": "pt_1", "status": status}]}


OUT, IN, REQUIRED = default("OPTED_OUT"), default("OPTED_IN"), default("REQUIRED")

statuses = st.sampled_from(["OPTED_IN", "OPTED_OUT", "REQUIRED"])
choices = st.sampled_from(["OPTED_IN", "OPTED_OUT", None])


def test_without_any_choice_the_topics_default_counts() -> None:
    found = effective(topic(default_status="OPTED_OUT"), [])

    assert (found.status, found.default_status, found.own) == ("OPTED_OUT", "OPTED_OUT", None)


def test_a_choice_in_the_tenants_context_beats_the_one_elsewhere() -> None:
    both = [chosen("OPTED_IN"), chosen("OPTED_OUT", tenant_id="acme")]

    assert effective(topic(), both, "acme").status == "OPTED_OUT"
    assert effective(topic(), both, "other").status == "OPTED_IN"
    assert effective(topic(), both).status == "OPTED_IN"


def test_the_nearest_tenant_that_says_something_gives_the_default() -> None:
    assert effective(topic(), [], "acme", ({}, OUT, IN)).status == "OPTED_OUT"
    assert effective(topic(), [], "acme", (IN, OUT)).status == "OPTED_IN"


def test_a_choice_elsewhere_beats_the_tenants_default() -> None:
    found = effective(topic(), [chosen("OPTED_IN")], "acme", (OUT,))

    assert (found.status, found.default_status) == ("OPTED_IN", "OPTED_OUT")


@pytest.mark.parametrize(("of_topic", "line"), [("REQUIRED", (OUT,)), ("OPTED_OUT", (REQUIRED,))])
def test_what_is_required_cannot_be_opted_out_of(of_topic: Any, line: Any) -> None:
    found = effective(topic(default_status=of_topic), [chosen("OPTED_OUT", tenant_id="acme")], "acme", line)

    assert (found.status, found.is_in) == ("REQUIRED", True)


@given(statuses, choices, choices, st.lists(statuses | st.none(), max_size=3))
def test_it_is_what_the_table_of_the_contract_says(of_topic: Any, in_tenant: Any, elsewhere: Any, tenants: list[Any]) -> None:
    own = [chosen(status, tenant_id=place) for place, status in (("acme", in_tenant), ("", elsewhere)) if status]
    line = tuple(default(one) if one else {} for one in tenants)

    found = effective(topic(default_status=of_topic), own, "acme", line)

    nearest = next((one for one in tenants if one), of_topic)
    if "REQUIRED" in (of_topic, nearest):
        assert found.status == "REQUIRED"
    else:
        assert found.status == (in_tenant or elsewhere or nearest)


@pytest.mark.parametrize("items", [None, "x", [None, 3, {}], [{"id": "pt_1"}], [{"id": "pt_1", "status": "ON"}], [{"id": 1}]])
def test_a_default_that_cannot_be_read_is_none(items: Any) -> None:
    assert read_default({"items": items}, "pt_1") is None
    assert read_default({}, "pt_1") is None


def test_a_default_is_read_with_its_channels() -> None:
    item = {"id": "pt_1", "status": "OPTED_IN", "has_custom_routing": True, "custom_routing": ["email"]}
    unsaid = {"id": "pt_2", "status": "OPTED_OUT", "has_custom_routing": None, "custom_routing": None}
    stored = {"items": [item, unsaid]}

    assert read_default(stored, "pt_1") == Default(status="OPTED_IN", has_custom_routing=True, custom_routing=("email",))
    assert read_default(stored, "pt_2") == Default(status="OPTED_OUT")
