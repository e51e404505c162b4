"""Requests made up from the API's own description, right and wrong: none fails by our fault, each answer has a status it names.

Failures are not shrunk: the requests are made first, then sent to a whole server.
"""

import base64
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from workspace import API_KEY, WRITE_KEY, Workspace

Operation = APIOperation[Any, Any, Any, Any]
pytestmark = pytest.mark.anyio
few = settings(
    max_examples=3,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def _cases(operation: Operation, mode: GenerationMode) -> list[Case[Any]]:
    made: list[Case[Any]] = []

    @few
    @given(operation.as_strategy(mode))
    def make(case: Case[Any]) -> None:
        made.append(case)

    try:
        make()
    except (Unsatisfiable, InvalidSchema):
        return made  # an operation that takes nothing cannot be asked for wrongly
    return made


async def _answer(workspace: Workspace, case: Case[Any]) -> tuple[int, str, Any]:
    request = case.as_transport_kwargs(base_url="http://posthorn.test")
    credentials = base64.b64encode((f"{WRITE_KEY}:" if case.path.startswith("/v1/") else f":{API_KEY}").encode()).decode()
    answer = await workspace.client.request(
        request["method"],
        request["url"],
        params=request.get("params"),
        content=request.get("data"),
        json=request.get("json"),
        headers={**(request.get("headers") or {}), "Authorization": f"Basic {credentials}"},
    )
    is_json = answer.headers.get("content-type", "").startswith("application/json") and answer.content
    return answer.status_code, answer.text, answer.json() if is_json else None


async def test_no_request_is_our_fault_and_refusals_say_why(workspace: Workspace) -> None:
    description = (await workspace.client.get("/openapi.json")).json()
    operations = [
        cast("Ok[Operation]", result).ok() for result in schemathesis.openapi.from_dict(description).get_all_operations()
    ]
    ending = [one for one in operations if one.path != "/studio/api/stream"]  # which goes on until somebody hangs up
    cases = [case for operation in ending for mode in GenerationMode for case in _cases(operation, mode)]
    complaints: list[str] = []
    for case in cases:
        status, text, body = await _answer(workspace, case)
        is_told = status < 400 or (isinstance(body, dict) and {"message"} <= body.keys() and body.keys() & {"type", "code"})
        is_named = {str(status), f"{status // 100}XX"} & case.operation.definition.raw["responses"].keys()
        if status >= 500 or 300 <= status < 400 or not is_told or not is_named:
            complaints.append(f"{case.operation.label} {status} {text[:200]}")
    await workspace.rest()

    assert len(cases) > 500
    assert complaints == []
