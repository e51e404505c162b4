from typing import Any

import pytest
from msgspec import json

from posthorn.automations.model import FetchAsked
from posthorn.engine.ask_model import ModelSettings, model_request, read_completion
from posthorn.outbound import HttpResponse

SETTINGS = ModelSettings(url="https://models.test/v1", key="secret", model="small")


def _answer(content: Any) -> HttpResponse:
    return HttpResponse(status=200, body=json.encode({"choices": [{"message": {"role": "assistant", "content": content}}]}))


def test_the_question_carries_the_schema_and_the_key_and_keeps_both_out_of_the_outbox() -> None:
    body = json.encode({"prompt": "How?", "schema": {"type": "object"}, "model": ""}).decode()
    request = model_request(FetchAsked(run_id="r", ask_id="a", method="POST", url="model:", body=body, key="k"), SETTINGS)
    sent = json.decode(request.body)

    assert (request.url, request.headers["Authorization"]) == ("https://models.test/v1/chat/completions", "Bearer secret")
    assert (sent["model"], sent["messages"]) == ("small", [{"role": "user", "content": "How?"}])
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert "secret" not in body


def test_what_the_model_says_is_read_as_json() -> None:
    assert read_completion(_answer('{"a": 1}')) == ({"status": 200, "body": {"a": 1}}, "")


@pytest.mark.parametrize(
    "response",
    [
        _answer("Certainly! Here it is:"),
        _answer(None),
        HttpResponse(status=200, body=b'{"choices": []}'),
        HttpResponse(status=200, body=b"<html>"),
        HttpResponse(status=401),
    ],
)
def test_anything_else_is_told_in_a_sentence(response: HttpResponse) -> None:
    assert read_completion(response)[1].endswith(".")
