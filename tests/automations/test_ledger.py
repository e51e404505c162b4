import pytest

from automations.automation_parts import NOW, VIEW, automation, event, library
from posthorn.automations import ledger
from posthorn.automations.decide import decide
from posthorn.automations.steps.exit import step


def test_a_run_with_a_fault_of_ours_ends_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = ledger.advance
    monkeypatch.setattr(ledger, "advance", lambda run, *rest: 1 // 0 if run.automation_id == "bad" else walk(run, *rest))
    automations = library(*(automation(name, [{"action": step.action}], trigger="track/X") for name in ("bad", "good")))

    outcome = decide(event(name="X"), (), VIEW, automations, NOW)

    assert {run.automation_id: run.status for run in outcome.runs} == {"bad": "ERROR", "good": "PROCESSED"}
    assert "ZeroDivisionError" in outcome.runs[0].reason
