from typing import Any

import pytest

from posthorn.errors import Invalid
from posthorn.messages.groups import Group, group_of
from posthorn.messages.recipients import recipients, target

ACME = {"operator": "MEMBER_OF", "path": "account_id", "value": "acme"}


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ({"list_id": "news"}, Group(list_id="news")),
        ({"list_pattern": "eng.*", "data": {"a": 1}}, Group(list_pattern="eng.*", data={"a": 1})),
        ({"list_id": "news", "filters": [ACME]}, Group(list_id="news", member_of=("acme",))),
        ({"tenant_id": "acme", "include_children": True}, Group(tenant_id="acme", include_children=True)),
        ({"account_id": "acme"}, Group(tenant_id="acme")),
        ({"data": {}}, None),
    ],
)
def test_a_group_is_read(to: dict[str, Any], expected: Group | None):
    assert group_of(to, "message.to") == expected


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({}, "at most 10 filters"),
        ([ACME] * 11, "at most 10 filters"),
        (["x"], r"filters\[0\]: Expected an object"),
        ([ACME, {**ACME, "path": "email"}], r"filters\[1\].path"),
        ([{**ACME, "value": 5}], r"filters\[0\].value"),
    ],
)
def test_a_filter_of_the_wrong_form_is_refused(filters: Any, text: str):
    with pytest.raises(Invalid, match=text):
        group_of({"list_id": "news", "filters": filters}, "message.to")


def test_users_and_groups_of_one_array_come_apart():
    found = recipients([{"user_id": "u-1"}, {"list_id": "news"}, {"user_id": "u-2", "list_id": "news"}])

    assert [one.user_key for one in found.targets] == ["u-1", "u-2"]
    assert found.groups == (Group(list_id="news"),)


def test_where_one_recipient_is_needed_a_group_is_refused():
    with pytest.raises(Invalid, match="One recipient is needed"):
        target({"list_id": "news"})
