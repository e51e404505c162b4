"""Ids of lists, and patterns of them (courier.md 7.5, 7.7). Pure."""

import re

from posthorn.errors import Invalid

_ID = re.compile(r"[^.*#\s]+(?:\.[^.*#\s]+){0,3}")
LONGEST_ID = 512


def check_list_id(list_id: str) -> str:
    """The id, if it is one: at most four parts between dots, none empty, no `*`, `#` or space. Raises Invalid."""
    if len(list_id) > LONGEST_ID or not _ID.fullmatch(list_id):
        raise Invalid("Invalid list id")
    return list_id


def check_pattern(pattern: str) -> str:
    """The pattern, if it is one. Raises Invalid.

    `*` stands for one part; `**` for all that follow, and only as the last part behind a named one.
    """
    parts = pattern.split(".")
    is_deep = parts[-1] == "**" and len(parts) > 1
    shown = parts[:-1] if is_deep else parts
    for part in shown:
        if part != "*" and ("*" in part or "#" in part or not part or re.search(r"\s", part)):
            raise Invalid(f"Invalid list pattern: {pattern[:100]}")
    if len(parts) > 4 or len(pattern) > LONGEST_ID or (is_deep and shown[-1] == "*"):
        raise Invalid(f"Invalid list pattern: {pattern[:100]}")
    return pattern


def matches(pattern: str, list_id: str) -> bool:
    """Whether a pattern that was checked covers a list. `a.**` covers everything below `a`, not `a` itself."""
    wanted, parts = pattern.split("."), list_id.split(".")
    if wanted[-1] == "**":
        wanted = wanted[:-1]
        if len(parts) <= len(wanted):
            return False
        parts = parts[: len(wanted)]
    return len(parts) == len(wanted) and all(one in ("*", part) for one, part in zip(wanted, parts, strict=True))


def fixed_start(pattern: str) -> str:
    """What every list that the pattern covers begins with; "" if that is nothing."""
    start = pattern.split("*", 1)[0]
    return start if start != pattern else pattern
