from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automations.automation_parts import HOUR, NOW, VIEW
from posthorn.automations.compile import compile_program
from posthorn.automations.interpret import Advance, advance, ended
from posthorn.automations.model import NOT_PROCESSED, Kind, ProfileUpdate, Run, RunInvoked, Send, View
from posthorn.automations.outcomes import Cancel


def fresh(kind: Kind = "automation", **context: Any) -> Run:
    full = {"brand": None, "template": None, "recipient": "u-1", "profile": None, "data": {"total": 5}, **context}
    return Run(
        run_id="1-a",
        environment="production",
        user_key="u-1",
        automation_id="at",
        version=1,
        kind=kind,
        status=NOT_PROCESSED,
        context=full,
        created_at=NOW,
        updated_at=NOW,
    )


def play(nodes: list[Any], kind: Kind = "automation", view: View = VIEW, **context: Any) -> Advance:
    return advance(fresh(kind, **context), compile_program(kind, nodes), view, NOW)


def sent(result: Advance) -> Send:
    (send,) = (effect for effect in result.effects if isinstance(effect, Send))
    return send


def test_an_empty_program_is_processed_at_once() -> None:
    assert (play([]).run.status, play([]).steps) == ("PROCESSED", ())


@pytest.mark.parametrize(
    ("step", "due_at"),
    [
        ({"duration": "2 hours"}, NOW + 2 * HOUR),
        ({"duration": "PT30M"}, NOW + HOUR // 2),
        ({"duration": "{{data.wait}}"}, NOW + HOUR),
        ({"until": "2026-03-03T10:00:00"}, NOW + 86_400_000 - HOUR // 3),
        ({"until": "2026-03-03T10:00:00Z", "duration": "1 hour"}, NOW + 86_400_000 + 2 * HOUR // 3),
        ({"until": {"$ref": "data.at"}}, NOW + 2 * HOUR // 3),
        ({"mode": "duration", "duration": "1 hour", "until": "2030-01-01"}, NOW + HOUR),
    ],
)
def test_a_delay_holds_the_run_until_its_moment(step: dict[str, Any], due_at: int) -> None:
    result = play([{"action": "delay", **step}], data={"wait": "1 hour", "at": "20260302T100000.000Z"})

    assert (result.run.status, result.run.wake_at) == ("WAITING", due_at)
    assert [(timer.due_at, timer.kind, timer.subject_id) for timer in result.timers] == [(due_at, "run", "1-a")]


def test_a_delay_that_has_passed_lets_the_run_go_on() -> None:
    result = play([{"action": "delay", "until": "2020-01-01"}, {"action": "exit"}])

    assert [(step.action, step.status) for step in result.steps] == [("delay", "PROCESSED"), ("exit", "PROCESSED")]


def test_a_delay_that_leads_to_nonsense_ends_the_run_with_the_reason() -> None:
    result = play([{"action": "delay", "duration": "refs.data.nothing"}, {"action": "exit"}])

    assert (result.run.status, result.run.reason) == ("ERROR", "`duration` leads to nothing.")
    assert [step.status for step in result.steps] == ["ERROR"]


def test_a_delay_that_is_no_duration_when_it_is_read_ends_the_run() -> None:
    assert play([{"action": "delay", "duration": "{{data.total}}"}]).run.status == "ERROR"


def test_what_a_send_says_wins_over_what_the_run_says() -> None:
    step = {"action": "send", "data": {"a": "refs.data.total", "b": 2}, "profile": {"x": {"y": 1}}, "brand": "step-brand"}

    send = sent(play([step], data={"a": 0, "total": 5}, profile={"x": {"z": 2}}, brand="b", template="run-template"))

    assert send.message == {
        "template": "run-template",
        "brand_id": "step-brand",
        "data": {"a": 5, "total": 5, "b": 2},
        "profile": {"x": {"z": 2, "y": 1}},
    }
    assert (send.recipient, send.user) == ("u-1", {})


def test_a_message_names_its_own_recipient() -> None:
    to = {"user_id": "{{data.owner}}", "email": "x@example.test"}
    message = {"to": to, "content": {"title": "{{data.total}} left", "body": "b"}, "routing": {"method": "all", "channels": []}}

    send = sent(play([{"action": "send", "message": message}], data={"owner": "u-9", "total": 5}))

    assert (send.recipient, send.user) == ("u-9", {"email": "x@example.test"})
    assert send.message["content"] == message["content"]
    assert "to" not in send.message


@pytest.mark.parametrize("to", [[{"user_id": "a"}, {"user_id": "b"}], {"list_id": "l"}, {"email": "a@example.test"}])
def test_a_message_to_others_than_one_user_keeps_what_it_says(to: Any) -> None:
    send = sent(play([{"action": "send", "message": {"to": to, "template": "t"}}]))

    assert (send.recipient, send.message["to"]) == (None, to)


@pytest.mark.parametrize("step", [{}, {"message": {"data": {}}}, {"template": "refs.data.nothing"}])
def test_a_send_without_anything_to_say_fails(step: dict[str, Any]) -> None:
    assert play([{"action": "send", **step}]).run.reason == "Neither a template nor content is given."


def test_a_send_to_nobody_fails_unless_an_address_is_given() -> None:
    step = {"action": "send", "template": "t"}

    assert play([step], recipient=None).run.reason == "There is no recipient to send to."
    assert sent(play([step], recipient=None, profile={"email": "a@example.test"})).recipient is None


def test_a_send_node_replaces_single_addresses_and_knows_its_tenant() -> None:
    message = {
        "template": "t",
        "to": {"email_override": "{{data.mail}}", "user_id_override": "u-9"},
        "context": {"tenant_id": "{{data.tenant}}"},
        "data": {"n": "{{data.total}}"},
        "delay": {"until": "Mo-Fr 09:00-17:00", "timezone": "Europe/Paris"},
    }

    send = sent(
        play([{"type": "send", "message": message}], "journey", data={"mail": "m@e.test", "tenant": "acme", "total": 5})
    )

    assert (send.recipient, send.user) == ("u-9", {"email": "m@e.test"})
    assert send.message["context"] == {"tenant_id": "acme"}
    assert send.message["data"]["n"] == 5
    assert send.message["delay"] == {"until": "Mo-Fr 09:00-17:00", "timezone": "Europe/Paris"}


def test_a_tenant_that_leads_to_nothing_sends_without_one() -> None:
    node = {"type": "send", "message": {"template": "t", "context": {"tenant_id": "{{data.nothing}}"}}}

    assert "context" not in sent(play([node], "journey")).message


def test_an_experiment_chooses_a_template() -> None:
    variants = [{"id": "a", "templateId": "A", "weight": 1}, {"id": "b", "templateId": "B", "weight": 0}]
    node = {"type": "send", "message": {}, "experiment": {"bucketingKey": "{{recipient}}", "variants": variants}}

    assert sent(play([node], "journey")).message["template"] == "A"


@pytest.mark.parametrize(("total", "taken"), [(5, "low"), (50, "mid"), (500, "high")])
def test_the_first_path_that_holds_is_taken(total: int, taken: str) -> None:
    paths = [
        {"conditions": ["data.total", "less than", "10"], "nodes": [{"type": "send", "message": {"template": "low"}}]},
        {"conditions": ["data.total", "less than", "100"], "nodes": [{"type": "send", "message": {"template": "mid"}}]},
    ]
    default = {"nodes": [{"type": "send", "message": {"template": "high"}}]}
    nodes = [{"type": "branch", "paths": paths, "default": default}, {"type": "exit", "id": "end"}]

    result = play(nodes, "journey", data={"total": total})

    assert sent(result).message["template"] == taken
    assert result.steps[-1].node_id == "end"


@pytest.mark.parametrize(("total", "taken"), [(5, "then"), (50, "else")])
def test_if_and_switch_choose_by_expression(total: int, taken: str) -> None:
    then, otherwise = ([{"action": "send", "template": name}] for name in ("then", "else"))
    one = {"action": "if", "condition": "data.total < 10", "then": then, "else": otherwise}
    other = {"action": "switch", "cases": [{"condition": "data.total < 10", "steps": then}], "default": otherwise}

    assert sent(play([one], data={"total": total})).message["template"] == taken
    assert sent(play([other], data={"total": total})).message["template"] == taken


def test_an_exit_inside_a_branch_ends_the_whole_run() -> None:
    result = play([{"action": "if", "condition": "true", "then": [{"action": "exit"}]}, {"action": "send", "template": "t"}])

    assert (result.run.status, result.effects) == ("PROCESSED", ())


def test_other_effects_carry_what_the_step_says() -> None:
    steps = [
        {"action": "cancel", "cancelationToken": "${`cart-${data.total}`}"},
        {"action": "update-profile", "recipient_id": "u-9", "profile": {"n": "refs.data.total"}},
        {"action": "invoke", "template": "next", "context": {"data": {"n": {"$ref": "data.total"}}}},
    ]

    cancel, update, invoked = play(steps).effects

    assert cancel == Cancel(token="cart-5")
    assert isinstance(update, ProfileUpdate)
    assert (update.user_id, update.profile, update.merge) == ("u-9", {"n": 5}, "replace")
    assert isinstance(invoked, RunInvoked)
    assert (invoked.automation_id, invoked.recipient, invoked.data) == ("next", "u-1", {"n": 5})


def test_a_cancel_whose_token_leads_to_nothing_cancels_nothing() -> None:
    assert play([{"action": "cancel", "cancelation_token": "refs.data.nothing"}]).effects == ()


def test_a_canceled_run_waits_for_nothing() -> None:
    program = compile_program("automation", [{"action": "delay", "duration": "1 hour"}])
    waiting = advance(fresh(), program, VIEW, NOW).run

    result = ended(waiting, program, "CANCELED", "why", NOW + 5)

    assert (result.run.status, result.run.wake_at, result.run.reason) == ("CANCELED", None, "why")
    assert [(step.sequence, step.status) for step in result.steps] == [(0, "CANCELED")]


VALUES = st.sampled_from(
    [None, True, 5, "", "x", "refs.data.total", "{{data.total}}", "${data.a", {"$ref": "data"}, [1], {"a": {}}]
)
LEAVES = st.one_of(
    st.fixed_dictionaries(
        {"action": st.just("delay"), "duration": st.sampled_from(["1 hour", "{{data.total}}", "refs.data.x"])}
    ),
    st.fixed_dictionaries(
        {"action": st.just("delay"), "until": st.sampled_from(["2020-01-01", "2027-01-01", "{{recipient}}"])}
    ),
    st.fixed_dictionaries(
        {"action": st.just("send")}, optional={"template": st.just("t"), "data": st.dictionaries(st.text(), VALUES)}
    ),
    st.fixed_dictionaries(
        {"action": st.just("send"), "message": st.dictionaries(st.sampled_from(["to", "template", "data"]), VALUES)}
    ),
    st.fixed_dictionaries({"action": st.just("cancel"), "cancelation_token": st.sampled_from(["a", "refs.data", "${data}"])}),
    st.fixed_dictionaries({"action": st.just("update-profile"), "profile": st.dictionaries(st.text(), VALUES)}),
    st.just({"action": "exit"}),
)
STEPS = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {"action": st.just("if"), "condition": st.sampled_from(["data.total > 3", "data.x.y", "refs.data"])},
        optional={"then": st.lists(inner, max_size=3), "else": st.lists(inner, max_size=3)},
    ),
    max_leaves=8,
)


@given(st.lists(STEPS, max_size=5), VALUES)
def test_a_run_of_any_program_comes_to_an_end(steps: list[Any], total: Any) -> None:
    program = compile_program("automation", steps)
    run, now = fresh(data={"total": total}), NOW

    for _ in range(len(program.instructions) + 1):
        result = advance(run, program, VIEW, now)
        assert result == advance(run, program, VIEW, now)
        run = result.run
        if run.status != "WAITING":
            break
        assert len(result.timers) == 1
        now = result.timers[0].due_at

    assert run.status in {"PROCESSED", "ERROR"}
    assert run.step_count <= len(program.instructions)
