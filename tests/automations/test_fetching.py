from typing import Any

import pytest

from automations.automation_parts import NOW, Play
from posthorn.automations.model import FetchAsked

ORDER = {"webhook": {"url": "https://shop.test/orders/{{data.id}}"}, "ref": "order"}


def _fetch(**fields: Any) -> dict[str, Any]:
    return {"action": "fetch-data", **ORDER, **fields}


def _asked(play: Play) -> FetchAsked:
    (asked,) = (effect for effect in play.effects if isinstance(effect, FetchAsked))
    return asked


def test_a_fetch_holds_the_run_until_the_answer_is_there() -> None:
    play = Play([_fetch(), {"action": "send", "template": "t"}], data={"id": "7"})

    assert (play.run.status, play.statuses, _asked(play).url) == ("WAITING", ["COMPUTING"], "https://shop.test/orders/7")

    play.answer({"status": 200, "body": {"total": 9}})

    assert (play.run.status, play.statuses, play.sent()) == ("PROCESSED", ["PROCESSED", "PROCESSED"], [{"total": 9}])


@pytest.mark.parametrize(
    ("strategy", "data"),
    [
        ("replace", {"total": 9}),
        ("overwrite", {"id": "7", "total": 9}),
        ("soft-merge", {"id": "7", "total": 5}),
        ("none", {"id": "7", "total": 5}),
    ],
)
def test_the_answer_is_merged_as_it_is_asked(strategy: str, data: dict[str, Any]) -> None:
    play = Play([_fetch(merge_strategy=strategy)], data={"id": "7", "total": 5})

    play.answer({"status": 200, "body": {"total": 9}})

    assert play.run.context["data"] == data


def test_a_body_that_tells_its_parts_apart_gives_its_data() -> None:
    play = Play([_fetch()], data={"id": "7"})

    play.answer({"status": 200, "body": {"data": {"total": 9}, "profile": {"a": 1}}})

    assert play.run.context["data"] == {"total": 9}


def test_a_list_is_seen_under_the_step_and_changes_no_data() -> None:
    send = {"action": "send", "template": "t", "data": {"first": "{{order.body.0}}"}}
    play = Play([_fetch(), send], data={"id": "7"})

    play.answer({"status": 200, "body": ["a", "b"]})

    assert play.sent() == [{"id": "7", "first": "a"}]


def test_a_failure_ends_the_run_with_its_reason() -> None:
    play = Play([_fetch(), {"action": "send", "template": "t"}], data={"id": "7"})

    play.answer(error="The server answered 500.")

    assert (play.run.status, play.run.reason, play.sent()) == ("ERROR", "The server answered 500.", [])


def test_a_failure_takes_the_error_steps_and_goes_on_behind_them() -> None:
    told = {"action": "send", "template": "t", "data": {"why": "{{order.error}}"}}
    play = Play([_fetch(on_error=[told]), {"action": "exit"}], data={"id": "7"})

    play.answer(error="It is broken.")

    assert (play.run.status, play.statuses) == ("PROCESSED", ["ERROR", "PROCESSED", "PROCESSED"])
    assert play.sent() == [{"id": "7", "why": "It is broken."}]


def test_error_steps_are_passed_by_when_all_is_well() -> None:
    play = Play([_fetch(on_error=[{"action": "exit"}]), {"action": "send", "template": "t"}], data={"id": "7"})

    play.answer({"status": 200, "body": {}})

    assert len(play.sent()) == 1


def test_a_run_that_is_told_to_goes_on_without_an_answer() -> None:
    play = Play([_fetch(on_error="continue"), {"action": "send", "template": "t"}], data={"id": "7"})

    play.go_on(NOW + 900_000)

    assert (play.statuses, play.steps[0].reason) == (["ERROR", "PROCESSED"], "There was no answer in time.")


def test_an_address_that_leads_nowhere_is_passed_over() -> None:
    play = Play([{"action": "fetch-data", "webhook": {"url": "{{data.missing}}"}}])

    assert (play.run.status, play.statuses, play.effects) == ("PROCESSED", ["SKIPPED"], [])


def test_what_is_put_into_an_address_cannot_lead_elsewhere() -> None:
    play = Play([_fetch()], data={"id": "../admin?all=1#"})

    assert _asked(play).url == "https://shop.test/orders/..%2Fadmin%3Fall%3D1%23"


def test_what_is_put_into_a_json_body_stays_a_text() -> None:
    webhook = {"url": "https://shop.test", "method": "POST", "body": '{"name": "{{data.name}}", "tags": {{data.tags}}}'}
    play = Play([{"action": "fetch-data", "webhook": webhook}], data={"name": 'a"b', "tags": [1]})

    assert _asked(play).body == '{"name": "a\\"b", "tags": [1]}'


def test_a_body_that_is_an_object_and_parameters_are_resolved() -> None:
    webhook = {"url": "https://shop.test/x?a=1", "method": "POST", "params": {"q": "{{data.q}}"}, "body": {"id": "{{data.id}}"}}
    asked = _asked(Play([{"action": "fetch-data", "webhook": webhook}], data={"q": "a b", "id": 7}))

    assert (asked.url, asked.body, asked.headers) == (
        "https://shop.test/x?a=1&q=a%20b",
        '{"id":7}',
        {"Content-Type": "application/json"},
    )
