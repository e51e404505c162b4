"""Recipients that stand for many people: lists, patterns of lists, audiences, tenants (courier.md 6.3). Pure."""

from typing import Any

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.lists.patterns import check_list_id, check_pattern

KEYS = ("list_id", "list_pattern", "audience_id", "tenant_id", "account_id")
_MOST_FILTERS = 10


class Group(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everybody of one list, of the lists a pattern covers, of one audience, or of one tenant; one of the ids is given.

    include_children: also the members of the tenants below it. data: what each of them gets under his own.
    member_of: tenants that each of them must belong to as well (`filters`).
    """

    list_id: str = ""
    list_pattern: str = ""
    audience_id: str = ""
    tenant_id: str = ""
    include_children: bool = False
    data: dict[str, Any] = {}
    member_of: tuple[str, ...] = ()


def group_of(to: dict[str, Any], path: str) -> Group | None:
    """The group that a recipient object without any user stands for; None if it names none. Raises Invalid."""
    named = [key for key in KEYS if to.get(key)]
    if not named:
        return None
    if {"list_id", "list_pattern", "audience_id"} & set(named[1:]):
        raise Invalid(f"{path}: Only one of {', '.join(named)} can be given.")
    if to.get("list_id"):
        check_list_id(to["list_id"])
    if to.get("list_pattern"):
        check_pattern(to["list_pattern"])
    include = to.get("include_children")
    if include is not None and not isinstance(include, bool):
        raise Invalid(f"{path}.include_children: Expected true or false.")
    key = "tenant_id" if named[0] == "account_id" else named[0]
    return Group(
        **{key: to[named[0]]},
        include_children=bool(include),
        data=to.get("data") or {},
        member_of=_filters(to.get("filters"), f"{path}.filters"),
    )


def _filters(filters: Any, path: str) -> tuple[str, ...]:
    if filters is None:
        return ()
    if not isinstance(filters, list) or len(filters) > _MOST_FILTERS:
        raise Invalid(f"{path}: Expected at most {_MOST_FILTERS} filters.")
    return tuple(_member_of(one, f"{path}[{index}]") for index, one in enumerate(filters))


def _member_of(one: Any, path: str) -> str:
    if not isinstance(one, dict):
        raise Invalid(f"{path}: Expected an object.")
    if one.get("operator") != "MEMBER_OF":
        raise Invalid(f"{path}.operator: Expected 'MEMBER_OF'.")
    if one.get("path") not in ("account_id", "tenant_id"):
        raise Invalid(f"{path}.path: Expected 'account_id'.")
    if not isinstance(one.get("value"), str) or not one["value"]:
        raise Invalid(f"{path}.value: Expected a string.")
    return one["value"]
