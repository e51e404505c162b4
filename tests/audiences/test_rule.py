"""Rules against an oracle: the same language, told once more as plainly as possible."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.audience_parts import DAY, NOW, leaf, moments
from posthorn.audiences.filters import normalized, read_filter
from posthorn.audiences.rule import Rule, Subject, value_at

TEXTS = ["", "a", "ab", "5", "5.5", "-3", "1e1", "true", "false", "2026-01-01", "2026-01-01T00:30:00+01:00", "2025-12-31"]
PATHS = ["plan", "address", "address.city", "address.city.name", "profile.plan", "profile.address.city", "tags", "missing.x"]
EVENTS = ["Order Completed", "App Opened"]

scalars = st.one_of(st.none(), st.booleans(), st.integers(-10, 10), st.sampled_from([0.5, 5.5, 1e20]), st.sampled_from(TEXTS))
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(st.sampled_from(["city", "name", "plan"]), scalars))
profiles = st.dictionaries(st.sampled_from(["plan", "address", "tags", "profile"]), values)
leaves = st.one_of(
    st.builds(leaf, st.sampled_from(["EQ", "NEQ", "STARTS_WITH", "ENDS_WITH"]), st.sampled_from(PATHS), st.sampled_from(TEXTS)),
    st.builds(
        leaf, st.sampled_from(["GT", "GTE", "LT", "LTE"]), st.sampled_from(PATHS), st.sampled_from(["5", "5.5", "-3", "1e1"])
    ),
    st.builds(leaf, st.just("EXISTS"), st.sampled_from(PATHS), st.sampled_from(["true", "false"])),
    st.builds(
        leaf, st.sampled_from(["INCLUDES", "OMIT"]), st.sampled_from(PATHS), st.lists(st.sampled_from(TEXTS), min_size=1)
    ),
    st.builds(
        leaf, st.sampled_from(["IS_BEFORE", "IS_AFTER"]), st.sampled_from(PATHS), st.sampled_from(["2026-01-01", "2025-12-31"])
    ),
    st.builds(leaf, st.just("MEMBER_OF"), st.just("account_id"), st.sampled_from(["acme", "globex"])),
    st.fixed_dictionaries(
        {"operator": st.sampled_from(["DID", "DID_NOT"]), "event": st.sampled_from(EVENTS), "at_least": st.integers(1, 3)},
        optional={"within": st.sampled_from(["30 minutes", "7 days"])},
    ),
)
filters = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda operator, parts: {"operator": operator, "filters": parts},
        st.sampled_from(["AND", "OR"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
histories = st.lists(st.integers(NOW - 10 * DAY, NOW), max_size=4).map(lambda found: moments(*sorted(found, reverse=True)))
subjects = st.builds(
    Subject,
    profile=profiles,
    tenant_ids=st.frozensets(st.sampled_from(["acme", "globex"])),
    times=st.dictionaries(st.sampled_from(EVENTS), histories),
    now=st.just(NOW),
)


def _oracle(one: dict[str, Any], subject: Subject) -> bool:
    operator = one["operator"]
    if operator in ("AND", "OR"):
        found = [_oracle(part, subject) for part in one["filters"]]
        return all(found) if operator == "AND" else any(found)
    if operator == "MEMBER_OF":
        return one["value"] in subject.tenant_ids
    if operator in ("DID", "DID_NOT"):
        span = {"30 minutes": 30 * 60_000, "7 days": 7 * DAY, None: math.inf}[one.get("within")]
        count = sum(1 for done in subject.times.get(one["event"], ()) if done.at > subject.now - span)
        return (count >= one["at_least"]) == (operator == "DID")
    return _compares(operator, _at(subject.profile, one["path"]), one["value"])


def _at(profile: Any, path: str) -> Any:
    keys = path.split(".")
    if keys[0] == "profile" and not isinstance(profile.get("profile"), dict):
        keys = keys[1:]
    for key in keys:
        profile = profile.get(key) if isinstance(profile, dict) else None
    return profile


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, (int, str)) else None


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        return None


def _date(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _compares(operator: str, value: Any, wanted: Any) -> bool:
    text, number, date = _text(value), _number(value), _date(value) if isinstance(value, str) and "-" in value[1:] else None
    items = value if isinstance(value, list) else [value]
    match operator:
        case "EQ" | "NEQ":
            return (text == wanted) == (operator == "EQ")
        case "EXISTS":
            return (value is not None) == (wanted == "true")
        case "INCLUDES" | "OMIT":
            return any(_text(item) in wanted for item in items if item is not None) == (operator == "INCLUDES")
        case "STARTS_WITH":
            return text is not None and text.startswith(wanted)
        case "ENDS_WITH":
            return text is not None and text.endswith(wanted)
        case "IS_BEFORE" | "IS_AFTER":
            limit = _date(wanted)
            return date is not None and limit is not None and (date < limit if operator == "IS_BEFORE" else date > limit)
        case _:
            limit = float(wanted)
            return (
                number is not None
                and {
                    "GT": number > limit,
                    "GTE": number >= limit,
                    "LT": number < limit,
                    "LTE": number <= limit,
                }[operator]
            )


@given(filters, subjects)
def test_a_rule_holds_exactly_when_the_oracle_says_so(one: dict[str, Any], subject: Subject) -> None:
    wire = normalized(one if "filters" in one else {"operator": "AND", "filters": [one]})

    assert Rule(read_filter(wire)).holds(subject) == _oracle(one, subject)


@given(filters, subjects)
def test_nothing_changes_before_it_is_said_to(one: dict[str, Any], subject: Subject) -> None:
    rule = Rule(read_filter(normalized(one if "filters" in one else {"operator": "AND", "filters": [one]})))
    flips_at = rule.flips_at(subject)
    before = [subject.now + 10 * DAY] if flips_at is None else [(subject.now + flips_at) // 2, flips_at - 1]

    for now in before:
        later = Subject(profile=subject.profile, tenant_ids=subject.tenant_ids, times=subject.times, now=max(now, subject.now))
        assert rule.holds(later) == rule.holds(subject)


@given(filters, subjects)
def test_every_rule_in_a_reason_came_out_like_the_whole(one: dict[str, Any], subject: Subject) -> None:
    rule = Rule(read_filter(normalized(one if "filters" in one else {"operator": "AND", "filters": [one]})))

    reason = rule.reason(subject, holds=rule.holds(subject))
    assert reason.endswith((f" => {str(rule.holds(subject)).lower()}", "…"))


@given(filters, subjects, st.sampled_from(["plan", "address", "tags", "profile"]), values)
def test_what_a_rule_does_not_read_cannot_change_it(one: dict[str, Any], subject: Subject, key: str, value: Any) -> None:
    rule = Rule(read_filter(normalized(one if "filters" in one else {"operator": "AND", "filters": [one]})))
    if key in rule.keys:
        return
    other = Subject(
        profile={**subject.profile, key: value}, tenant_ids=subject.tenant_ids, times=subject.times, now=subject.now
    )

    assert rule.holds(other) == rule.holds(subject)


def _rule(*filters: dict[str, Any], operator: str = "AND") -> Rule:
    return Rule(read_filter(normalized({"operator": operator, "filters": list(filters)})))


def test_the_reason_names_the_rules_that_decided() -> None:
    either = {"operator": "OR", "filters": [leaf("EQ", "address.locality", "Paris"), leaf("EQ", "timezone", "Europe/Paris")]}
    rule = _rule(leaf("GTE", "custom.lifetime_value", "500"), either)
    subject = Subject(profile={"custom": {"lifetime_value": 700}, "timezone": "Europe/Paris"}, now=NOW)

    assert (
        rule.reason(subject, holds=rule.holds(subject))
        == "GTE('custom.lifetime_value', '500') => true, EQ('timezone', 'Europe/Paris') => true"
    )
    assert rule.reason(Subject(now=NOW), holds=rule.holds(Subject(now=NOW))) == ("GTE('custom.lifetime_value', '500') => false")


def test_a_reason_has_an_end() -> None:
    rule = _rule(*[leaf("NEQ", f"key{n}", "x" * 1_000) for n in range(100)])

    assert len(rule.reason(Subject(now=NOW), holds=rule.holds(Subject(now=NOW)))) == 2_000


def test_a_rule_says_what_it_reads() -> None:
    did = {"operator": "DID", "event": "X", "at_least": 3}
    rule = _rule(
        leaf("EQ", "address.city", "Rome"), leaf("MEMBER_OF", "account_id", "acme"), did, leaf("EQ", "profile.plan", "a")
    )

    assert rule.keys == {"address", "profile", "plan"}
    assert (rule.reads_tenants, rule.events, rule.has_choice) == (True, {"X": 3}, False)


@pytest.mark.parametrize(
    ("profile", "path", "value"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": [{"b": 1}]}, "a.b", None),
        ({"location": "Rome"}, "profile.location", "Rome"),
        ({"location": "Rome", "profile": {"location": "Oslo"}}, "profile.location", "Oslo"),
        ({"profile": "x"}, "profile", "x"),
        ({}, "a.b.c", None),
    ],
)
def test_a_path_walks_into_objects(profile: dict[str, Any], path: str, value: Any) -> None:
    assert value_at(profile, tuple(path.split("."))) == value


def test_a_window_ends_to_the_millisecond() -> None:
    rule = _rule({"operator": "DID", "event": "X", "at_least": 2, "within": "30 minutes"})
    times = {"X": moments(NOW, NOW - 60_000, NOW - 120_000)}
    subject = Subject(times=times, now=NOW)
    end = NOW - 60_000 + 30 * 60_000

    assert rule.flips_at(subject) == end
    assert rule.holds(Subject(times=times, now=end - 1))
    assert not rule.holds(Subject(times=times, now=end))


def test_since_a_date_counts_from_then_on_and_never_ends() -> None:
    rule = _rule({"operator": "DID", "event": "X", "since": "2026-09-01T10:15:00Z"})

    assert rule.holds(Subject(times={"X": moments(1_788_257_700_000)}, now=NOW))
    assert not rule.holds(Subject(times={"X": moments(1_788_257_699_999)}, now=NOW))
    assert rule.flips_at(Subject(times={"X": moments(NOW)}, now=NOW)) is None
