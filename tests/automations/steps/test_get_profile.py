from typing import Any

import pytest

from automations.automation_parts import Play
from posthorn.automations.compile import compile_program
from posthorn.errors import Invalid

STEP = {"action": "get-profile", "user_id": "boss", "ref": "boss"}


@pytest.mark.parametrize(
    ("path", "data"), [("profile", {"mail": "b@x"}), ("data.boss", {"total": 5, "boss": {"email": "b@x"}, "mail": "b@x"})]
)
def test_it_is_put_where_it_is_wanted(path: str, data: dict[str, Any]) -> None:
    send = {"action": "send", "template": "t", "data": {"mail": "{{refs.boss.profile.email}}"}}
    play = Play([{**STEP, "path": path}, send])

    play.answer({"profile": {"email": "b@x"}})

    assert play.sent() == [{"total": 5, **data}]
    assert (play.run.context["profile"] or {}) == ({"email": "b@x"} if path == "profile" else {})


@pytest.mark.parametrize("wrong", [{"path": "data"}, {"path": "data.a.b"}, {"path": "x"}, {"merge_strategy": "mix"}])
def test_a_place_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        compile_program("automation", [{**STEP, **wrong}])
