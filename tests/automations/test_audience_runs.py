import msgspec

from automations.automation_parts import NOW, VIEW, automation, event, library
from posthorn.audiences.model import AudienceChange
from posthorn.automations.audience_runs import started_by_audience
from posthorn.automations.model import Outcome
from posthorn.events.model import Event

ENTERED = AudienceChange(audience_id="vip", version=1, number=7, has_entered=True)
LEFT = AudienceChange(audience_id="vip", version=1, number=8, has_entered=False)
LIBRARY = library(
    automation("in", [], trigger={"type": "audience", "audience_id": "vip"}),
    automation("any-out", [], trigger={"type": "audience", "audience_id": "*", "event": "left"}),
    automation("other", [], trigger={"type": "audience", "audience_id": "other"}),
)


def _started(change: AudienceChange, cause: Event | None = None) -> Outcome:
    return started_by_audience(cause or event("identify"), change, (), VIEW, LIBRARY, NOW)


def test_entering_and_leaving_start_what_waits_for_them() -> None:
    assert [run.automation_id for run in _started(ENTERED).runs] == ["in"]
    assert [run.automation_id for run in _started(LEFT).runs] == ["any-out"]


def test_the_run_knows_whom_it_is_for_and_nothing_of_the_event() -> None:
    (run,) = _started(ENTERED, event("identify", traits={"plan": "pro"})).runs

    assert (run.context["recipient"], run.context["data"], run.context["profile"]) == ("u-1", {}, None)
    assert run.source == ["audience/entered/vip"]


def test_the_same_change_starts_the_same_run_and_the_next_another() -> None:
    again = msgspec.structs.replace(ENTERED, number=9)

    assert _started(ENTERED).runs[0].run_id == _started(ENTERED).runs[0].run_id
    assert _started(ENTERED).runs[0].run_id != _started(again).runs[0].run_id


def test_history_that_is_imported_starts_nothing_and_says_why() -> None:
    outcome = _started(ENTERED, event("identify", context={"historicalImport": True}))

    assert outcome.runs == ()
    assert [(fact.about, fact.verdict) for fact in outcome.facts] == [("in", "historical")]


def test_a_circle_is_seen() -> None:
    outcome = _started(msgspec.structs.replace(ENTERED, chain=("audience/entered/vip", "audience/left/vip") * 3))

    assert outcome.runs == ()
    assert [fact.verdict for fact in outcome.facts] == ["circle"]


def test_an_audience_that_nobody_waits_for_starts_nothing() -> None:
    assert _started(msgspec.structs.replace(ENTERED, audience_id="unknown")) == Outcome()
