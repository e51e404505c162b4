"""Courier's own Python client starts, follows and ends automations and journeys on a running server."""

from typing import Any

import courier
import pytest
from courier import Courier

from live_server import LiveServer, eventually

SEND: dict[str, Any] = {
    "action": "send",
    "message": {"to": {"email": "flow@example.test"}, "content": {"title": "Step {{n}}", "body": "Hello"}},
}
WAIT: dict[str, Any] = {"action": "delay", "duration": "2 hours"}


def subject_of(sdk: Courier, message_id: str | None) -> str:
    """The subject of a message, once it is rendered; a message to somebody else than the run's user comes a moment later."""
    assert message_id

    def look() -> str | None:
        try:
            outputs = sdk.messages.content(message_id).results
        except courier.NotFoundError:
            return None
        return outputs[0].content.subject if outputs else None

    return eventually(look)


def status_of(sdk: Courier, run_id: str, resource: Any) -> str | None:
    return next((run.status for run in resource.list(limit="50").runs if run.run_id == run_id), None)


def test_an_ad_hoc_automation_runs_step_by_step(sdk: Courier) -> None:
    run = sdk.automations.invoke.invoke_ad_hoc(
        recipient="auto-1",
        data={"n": 1},
        automation={"steps": [SEND, {"action": "update-profile", "profile": {"seen": True}}]},
    )

    eventually(lambda: status_of(sdk, run.run_id, sdk.automations.runs) == "PROCESSED")
    steps = sdk.automations.runs.list_steps(run.run_id).steps
    assert [(step.action, step.status) for step in steps] == [("send", "PROCESSED"), ("update-profile", "PROCESSED")]
    assert subject_of(sdk, steps[0].message_id) == "Step 1"


def test_an_automation_waits_and_is_cancelled_by_its_token(sdk: Courier) -> None:
    run = sdk.automations.invoke.invoke_ad_hoc(
        recipient="auto-2", automation={"cancelation_token": "auto-2-token", "steps": [WAIT, SEND]}
    )
    eventually(lambda: status_of(sdk, run.run_id, sdk.automations.runs) == "WAITING")

    stop = {"action": "cancel", "cancelation_token": "auto-2-token"}
    sdk.automations.invoke.invoke_ad_hoc(recipient="auto-2", automation={"steps": [stop]})

    eventually(lambda: status_of(sdk, run.run_id, sdk.automations.runs) == "CANCELED")


def test_an_automation_template_is_listed_invoked_and_its_runs_found(server: LiveServer, sdk: Courier) -> None:
    server.call("PUT", "/automations/compat-template", {"name": "Compat", "steps": [SEND]})
    server.call("POST", "/automations/compat-template/publish")

    run = sdk.automations.invoke.invoke_by_template("compat-template", recipient="auto-3", data={"n": 3})

    assert "compat-template" in {one.id for one in sdk.automations.list().templates or []}
    eventually(lambda: status_of(sdk, run.run_id, sdk.automations.runs) == "PROCESSED")
    found = sdk.automations.runs.list(template_id="compat-template", status="PROCESSED").runs
    assert [(one.run_id, one.template_id) for one in found] == [(run.run_id, "compat-template")]


def test_a_repeated_invoke_starts_one_run(sdk: Courier) -> None:
    runs = {
        sdk.automations.invoke.invoke_ad_hoc(
            recipient="auto-4", automation={"steps": [SEND]}, idempotency_key="invoke-4"
        ).run_id
        for _ in range(2)
    }

    assert len(runs) == 1


def test_refused_automations_say_why(sdk: Courier) -> None:
    with pytest.raises(courier.NotFoundError):
        sdk.automations.invoke.invoke_by_template("nobody", recipient="u")
    with pytest.raises(courier.BadRequestError, match="Invalid version parameter"):
        sdk.automations.list(version="latest")
    with pytest.raises(courier.BadRequestError):
        sdk.automations.runs.list(start_date="yesterday")
    with pytest.raises(courier.NotFoundError):
        sdk.automations.runs.list_steps("1-66d43ca1-0a1b2c3d4e5f607182930a1b")


def nodes(template: str, *more: dict[str, Any]) -> Any:
    trigger = {"id": "t1", "type": "trigger", "trigger_type": "api-invoke"}
    send = {"id": "s1", "type": "send", "message": {"template": template, "data": {"word": "{{data.word}}"}}}
    return [trigger, *more, send, {"id": "x1", "type": "exit"}]


@pytest.fixture
def template(sdk: Courier) -> str:
    """A published template that says the word."""
    content: Any = {
        "version": "2022-01-01",
        "elements": [{"type": "meta", "title": "Journey {{word}}"}, {"type": "text", "content": "Hi"}],
    }
    payload: Any = {"name": "J", "tags": [], "brand": None, "subscription": None, "routing": None, "content": content}
    return sdk.notifications.create(notification=payload, state="PUBLISHED").id


def test_a_journey_goes_through_its_life(sdk: Courier, template: str) -> None:
    made = sdk.journeys.create(name="First", nodes=nodes(template))
    drafted = sdk.journeys.retrieve(made.id, version="draft")
    published = sdk.journeys.publish(made.id)
    replaced = sdk.journeys.replace(made.id, name="Second", nodes=nodes(template), state="DRAFT")
    live = sdk.journeys.retrieve(made.id)
    again = sdk.journeys.publish(made.id)
    versions = [one.version for one in sdk.journeys.list_versions(made.id).results]
    rolled_back = sdk.journeys.publish(made.id, version="v1")
    listed = {one.id for one in sdk.journeys.list().templates or []}
    sdk.journeys.archive(made.id)

    assert (drafted.state, drafted.published, published.state) == ("DRAFT", None, "PUBLISHED")
    assert [one.name for one in (made, replaced, live, again, rolled_back)] == ["First", "Second", "First", "Second", "First"]
    assert len(versions) >= 2
    assert made.id in listed
    with pytest.raises(courier.UnprocessableEntityError, match=f"Cannot invoke archived automation template {made.id}"):
        sdk.journeys.invoke(made.id, user_id="j-0")


def test_a_journey_runs_and_tells_its_steps(sdk: Courier, template: str) -> None:
    made = sdk.journeys.create(name="Run", nodes=nodes(template), state="PUBLISHED")

    run = sdk.journeys.invoke(made.id, profile={"email": "j1@example.test"}, user_id="j-1", data={"word": "one"})

    eventually(lambda: sdk.journeys.runs.retrieve(run.run_id).run.status == "PROCESSED")
    steps = sdk.journeys.runs.list_steps(run.run_id).steps
    assert [(step.action, step.node_id) for step in steps if step.action != "trigger"] == [("send", "s1"), ("exit", "x1")]
    message_id = next(step.message_id for step in steps if step.action == "send")
    assert subject_of(sdk, message_id) == "Journey one"
    assert [one.run_id for one in sdk.journeys.runs.list(template_id=made.id).runs] == [run.run_id]
    assert run.run_id not in {one.run_id for one in sdk.automations.runs.list(limit="50").runs}


def test_a_waiting_journey_is_cancelled_by_run_and_by_token(sdk: Courier, template: str) -> None:
    delay = {"id": "d1", "type": "delay", "mode": "duration", "duration": "2 hours"}
    made = sdk.journeys.create(name="Wait", nodes=nodes(template, delay), state="PUBLISHED", cancelation_token="{{data.token}}")
    first, second = (sdk.journeys.invoke(made.id, user_id=f"j-{n}", data={"token": f"tok-{n}"}) for n in (2, 3))
    for run in (first, second):
        eventually(lambda run=run: sdk.journeys.runs.retrieve(run.run_id).run.status == "WAITING")

    by_run = sdk.journeys.cancel(run_id=first.run_id)
    again = sdk.journeys.cancel(run_id=first.run_id)
    by_token = sdk.journeys.cancel(cancelation_token="tok-3")

    assert (by_run.to_dict(), again.to_dict()) == ({"run_id": first.run_id, "status": "CANCELED"},) * 2
    assert by_token.to_dict() == {"cancelation_token": "tok-3"}
    eventually(lambda: sdk.journeys.runs.retrieve(second.run_id).run.status == "CANCELED")


def test_refused_journeys_say_why(sdk: Courier, template: str) -> None:
    disabled = sdk.journeys.create(name="Off", nodes=nodes(template), state="PUBLISHED", enabled=False)
    strict = [{**nodes(template)[0], "conditions": ["data.total", "greater than", "10"]}, *nodes(template)[1:]]
    conditional = sdk.journeys.create(name="If", nodes=strict, state="PUBLISHED")

    with pytest.raises(courier.UnprocessableEntityError, match="Cannot invoke disabled"):
        sdk.journeys.invoke(disabled.id, user_id="u")
    with pytest.raises(courier.UnprocessableEntityError, match="Trigger conditions not met"):
        sdk.journeys.invoke(conditional.id, user_id="u", data={"total": 9})
    with pytest.raises(courier.BadRequestError, match="User identifier or profile required"):
        sdk.journeys.invoke(conditional.id, data={"total": 11})
    with pytest.raises(courier.NotFoundError, match="Automation template nobody not found"):
        sdk.journeys.invoke("nobody", user_id="u")
    with pytest.raises(courier.NotFoundError):
        sdk.journeys.runs.retrieve("1-66d43ca1-0a1b2c3d4e5f607182930a1b")
    with pytest.raises(courier.NotFoundError):
        sdk.journeys.cancel(run_id="1-66d43ca1-0a1b2c3d4e5f607182930a1b")
    with pytest.raises(courier.BadRequestError):
        sdk.journeys.create(name="", nodes=nodes(template))
