import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.events.clean import DESTINATION_TYPES, Arrival, OwnEvent, admit, examine, examine_value
from posthorn.events.faults import Fault, fault
from posthorn.events.model import Entry
from posthorn.events.read import read_event

NOW = 1_772_460_000_000
ARRIVAL = Arrival(
    environment="production",
    source_id="src_1",
    origin="tracking",
    received_at=NOW,
    fresh_id=lambda: "fresh",
    types=DESTINATION_TYPES,
)
PING = {"type": "track", "userId": "u-1", "event": "Ping", "messageId": "m-1"}
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, plain_values, max_size=3)
well_formed = st.fixed_dictionaries(
    {"type": st.sampled_from(["identify", "track", "page", "screen"]), "userId": st.none() | texts},
    optional={"anonymousId": texts, "event": texts, "messageId": texts, "properties": objects, "name": texts | st.none()},
)


def stored(event: Any, path_type: str = "") -> Entry:
    raw = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    outcome = admit(examine(raw, path_type=path_type), ARRIVAL, path_type)
    assert isinstance(outcome, Entry), outcome
    return outcome


def code(event: Any) -> str:
    outcome = admit(examine(json.dumps(event).encode()), ARRIVAL)
    assert isinstance(outcome, Fault)
    return outcome.code


def test_the_bytes_of_a_well_formed_event_are_kept_as_they_came() -> None:
    raw = b' {"type":"track", "userId":"u-1","event":"Z\\u00fc\xc3\xbc","messageId":"m","x":[1e400]} '

    entry = stored(raw)

    assert (entry.body, entry.warnings, entry.user_key, entry.message_id) == (raw, (), "u-1", "m")


@given(well_formed)
def test_the_quick_and_the_slow_way_see_the_same_event(event: dict[str, Any]) -> None:
    raw = json.dumps(event).encode()

    quick = admit(examine(raw), ARRIVAL)
    slow = admit(examine_value(json.loads(raw)), ARRIVAL)

    if isinstance(quick, Entry) and isinstance(slow, Entry):
        one, other = read_event(quick, "e"), read_event(slow, "e")
        assert (one.properties, one.user_id, one.name, one.message_id) == (
            *(other.properties, other.user_id, other.name, other.message_id),
        )
        assert (one.fields, one.warnings, quick.user_key) == (other.fields, other.warnings, slow.user_key)
    else:
        assert quick == slow


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b'{"writeKey":"k","userId":"u"}', b'{"userId":"u"}'),
        (b'{"userId":"u","writeKey":"k"}', b'{"userId":"u"}'),
        (b'{"userId":"u","writeKey" : "k"}', b'{"userId":"u"}'),
        (b'{"userId":"u","writeKey":null}', b'{"userId":"u"}'),
        (b'{"userId":"u","write\\u004bey":"k","traits":{"x":1}}', b'{"userId":"u","traits":{"x":1}}'),
        (b'{"userId":"u","writeKey":"a\\"b","a":"\\"writeKey\\":\\"k\\","}', b'{"userId":"u","a":"\\"writeKey\\":\\"k\\","}'),
        (b'{"writeKey":"k","userId":"u","traits":{"writeKey":"k"}}', b'{"userId":"u","traits":{"writeKey":"k"}}'),
    ],
)
def test_the_write_key_of_the_event_itself_is_never_stored(raw: bytes, kept: bytes) -> None:
    assert stored(raw, "identify").body == kept


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"type": None}, "type_required"),
        ({"type": " "}, "type_required"),
        ({"type": 5}, "unknown_type"),
        ({"type": "Track"}, "unknown_type"),
        ({"userId": None}, "no_user_anon_id"),
        ({"userId": "\t"}, "no_user_anon_id"),
        ({"groupId": []}, "id_not_string"),
        ({"event": None}, "event_not_defined"),
        ({"event": []}, "event_not_string"),
        ({"properties": 1}, "properties_not_object"),
        ({"type": "group"}, "group_id_required"),
        ({"type": "alias", "previousId": ""}, "previous_id_required"),
        ({"type": "delete", "userId": ""}, "user_id_required"),
        ({"type": "identify", "traits": "x"}, "traits_not_object"),
        ({"event": "Segment Consent Preference Updated"}, "consent_categorypreferences_should_exist"),
        ({"properties": {"x": "ü" * 16_400}}, "event_too_large"),
    ],
)
def test_a_fault_has_the_code_of_the_contract(changes: dict[str, Any], found: str) -> None:
    assert code({**PING, **changes}) == found


@pytest.mark.parametrize("name", ["userId", "anonymousId", "groupId", "previousId"])
def test_ids_have_an_end(name: str) -> None:
    assert isinstance(admit(examine_value({**PING, name: "x" * 512}), ARRIVAL), Entry)
    assert admit(examine_value({**PING, name: "x" * 513}), ARRIVAL) == fault("id_too_long", "m-1")


@pytest.mark.parametrize(
    ("preferences", "found"),
    [
        (None, "consent_categorypreferences_should_exist"),
        ([], "consent_categorypreferences_fields_should_be_object"),
        ({"a": 1}, "consent_categorypreferences_fields_should_be_bool"),
    ],
)
def test_a_consent_event_needs_preferences_that_are_booleans(preferences: Any, found: str) -> None:
    event = {
        **PING,
        "event": "Segment Consent Preference Updated",
        "context": {"consent": {"categoryPreferences": preferences}},
    }

    assert code(event) == found


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"userId": 7.0}, "id_coerced"),
        ({"anonymousId": ""}, "empty_id_ignored"),
        ({"messageId": None}, "message_id_generated"),
        ({"messageId": ["x"]}, "message_id_generated"),
        ({"messageId": 12.0}, "message_id_coerced"),
        ({"messageId": "m" * 101}, "message_id_hashed"),
        ({"context": 5}, "context_not_object"),
        ({"integrations": "All"}, "integrations_not_object"),
        ({"email": "a@example.org"}, "top_level_email_ignored"),
        ({"properties": {"a": float("inf")}}, "non_finite_number"),
        ({"properties": {"a\0": 1}}, "text_sanitised"),
    ],
)
def test_what_is_cleaned_leaves_one_warning(changes: dict[str, Any], warning: str) -> None:
    assert stored(json.dumps({**PING, **changes}).encode()).warnings == (warning,)


@pytest.mark.parametrize("changes", [{"context": []}, {"integrations": None}, {"traits": 5}, {"name": 5}])
def test_what_does_no_harm_leaves_none(changes: dict[str, Any]) -> None:
    entry = stored({**PING, **changes})

    assert entry.warnings == ()
    assert read_event(entry, "e").context == {}


def test_long_numbers_as_ids_keep_all_their_digits() -> None:
    number = 123456789012345678901234567890

    first, second = (stored(json.dumps({**PING, "userId": number + more}).encode()) for more in (0, 1))

    assert (first.user_key, second.user_key) == (str(number), str(number + 1))
    assert read_event(first, "e").user_id == str(number)


def test_the_path_overrides_the_type_of_the_event() -> None:
    entry = stored(PING, "identify")

    assert (entry.type, entry.warnings) == ("identify", ("type_overridden",))


def test_spaces_and_escapes_do_not_count_towards_the_size() -> None:
    event = {**PING, "properties": {"x": "ü" * 15_000}}

    entry = stored(json.dumps(event, indent=8).encode())

    assert len(entry.body) < 32_768
    assert read_event(entry, "e").properties == event["properties"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"{}x", b'{"a":"\x01"}', b'{"a":01}', b"\xff", b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", b"[" * 10**5],
)
def test_what_is_no_json_says_where_it_breaks(raw: bytes) -> None:
    examined = examine(raw)

    assert examined.fault == "invalid_json"
    assert examined.detail


def test_a_hundred_levels_are_not_too_deep() -> None:
    deep = b'{"type":"identify","userId":"u","traits":{"a":' + b"[" * 98 + b'"]["' + b"]" * 98 + b"}}"

    assert stored(deep).body == deep
    assert stored(deep.replace(b'"]["', b"NaN")).warnings[0] == "non_finite_number"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (rb"a\ud83db", "a\ufffdb"),
        (rb"\ude00\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"\\ud83d\ude00", "\\ud83d\ufffd"),
        (rb"\\u0000", "\\u0000"),
        (rb"x\u0000y", "xy"),
    ],
)
def test_half_a_surrogate_and_nul_are_replaced_wherever_they_hide(text: bytes, cleaned: str) -> None:
    entry = stored(b'{"type":"identify","userId":"u","messageId":"m","traits":{"a":"' + text + b'"}}')

    assert read_event(entry, "e").traits == {"a": cleaned}


def test_more_than_ten_thousand_keys_are_cut_but_never_the_identity() -> None:
    event = {"traits": {f"key_{index}": 0 for index in range(10_050)}, "type": "identify", "userId": "u", "messageId": "m"}

    outcome = admit(examine(json.dumps(event).encode(), event_limit=10**6), ARRIVAL)

    assert isinstance(outcome, Entry)
    assert "properties_truncated" in outcome.warnings
    assert len(read_event(outcome, "e").traits) == 10_000


@pytest.mark.parametrize("changes", [{"messageId": "posthorn-x"}, {"context": {"integration": {"name": "Posthorn"}}}])
def test_our_own_event_is_known_before_its_faults(changes: dict[str, Any]) -> None:
    outcome = admit(examine(json.dumps({"type": "track", **changes}).encode()), ARRIVAL)

    assert isinstance(outcome, OwnEvent)
