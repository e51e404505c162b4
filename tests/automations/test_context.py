from automations.automation_parts import NOW, VIEW, automation, event, library
from posthorn.automations.context import event_context, event_data
from posthorn.automations.decide import decide


def test_data_is_the_event_and_its_properties_beside_it() -> None:
    data = event_data(event("track", "X", properties={"total": 5, "type": "hidden", "name": "n"}, context={"a": 1}))

    assert (data["event"], data["total"], data["type"], data["name"]) == ("X", 5, "track", "n")
    assert data["properties"]["type"] == "hidden"
    assert (data["userId"], data["userid"], data["context"]) == ("u-1", "u-1", {"a": 1})
    assert data["timestamp"] == "2026-03-02T09:20:00.000Z"
    assert "groupId" not in data


def test_traits_stand_beside_the_event_in_identify_and_group() -> None:
    assert event_data(event("identify", traits={"plan": "pro"}))["plan"] == "pro"
    group = event_data(event("group", group_id="g", traits={"name": "Acme", "groupId": "hidden"}))
    assert (group["name"], group["groupId"], group["traits"]["groupId"]) == ("Acme", "g", "hidden")


def test_what_the_caller_sent_besides_never_hides_a_property() -> None:
    assert event_data(event("track", "X", properties={"channel": "p"}, fields={"channel": "f", "email": "e"})) | {
        "channel": "p",
        "email": "e",
    } == event_data(event("track", "X", properties={"channel": "p"}, fields={"channel": "f", "email": "e"}))


def test_somebody_unknown_is_the_recipient_by_the_anonymous_id() -> None:
    assert event_context(event("track", "X", user_id=None, anonymous_id="a"))["recipient"] == "a"
    assert event_context(event("track", "X", user_id=None))["recipient"] is None


def test_an_event_with_an_impossible_time_is_still_data() -> None:
    assert event_data(event("track", "X", timestamp=2**62))["timestamp"] == ""


def _asking(origin: str, **asked: object) -> list[str]:
    shelf = library(automation("linked", [{"action": "exit"}], trigger="track/X"), automation("other", [{"action": "exit"}]))
    properties = {"courier": {"automation": asked}}
    outcome = decide(event("track", "X", origin=origin, properties=properties), (), VIEW, shelf, NOW)
    return [f"{run.automation_id}:{run.status}" for run in outcome.runs]


def test_an_event_with_an_api_key_may_name_what_runs_instead() -> None:
    assert _asking("segment", template="other") == ["other:PROCESSED"]
    assert _asking("segment", steps=[{"action": "exit"}]) == [":PROCESSED"]
    assert _asking("segment", template="nope") == ["nope:ERROR"]
    assert _asking("segment", template=5) == ["linked:PROCESSED"]


def test_an_event_with_a_write_key_may_not() -> None:
    assert _asking("tracking", template="other") == ["linked:PROCESSED"]
