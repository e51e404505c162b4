"""What an "ai" step asks, as a request of a chat completion API, and its answer: the form that most model providers speak."""

from typing import Any

from msgspec import DecodeError, Struct, json

from posthorn.automations.model import FetchAsked
from posthorn.outbound import HttpRequest, HttpResponse

NOT_SET = "No model provider is set: POSTHORN_AI_URL names one."


class ModelSettings(Struct, frozen=True, kw_only=True):
    """Where the model is. url: up to the version, as in https://models.example.com/v1; "" for none. key: a bearer token."""

    url: str = ""
    key: str = ""
    model: str = ""


class _Prompt(Struct, frozen=True, kw_only=True):
    prompt: str
    schema: dict[str, Any]
    model: str = ""


class _Message(Struct, frozen=True, kw_only=True):
    content: str | None = None


class _Choice(Struct, frozen=True, kw_only=True):
    message: _Message


class _Completion(Struct, frozen=True, kw_only=True):
    choices: list[_Choice]


def model_request(asked: FetchAsked, settings: ModelSettings) -> HttpRequest:
    """The request, with the schema that the answer must have."""
    wanted = json.decode(asked.body, type=_Prompt)
    body = {
        "model": wanted.model or settings.model,
        "messages": [{"role": "user", "content": wanted.prompt}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "output", "schema": wanted.schema}},
    }
    headers = {"Content-Type": "application/json", "Idempotency-Key": asked.key}
    if settings.key:
        headers["Authorization"] = f"Bearer {settings.key}"
    return HttpRequest(
        method="POST",
        url=f"{settings.url}/chat/completions",
        headers=headers,
        body=json.encode(body),
        timeout_ms=asked.timeout_ms,
    )


def read_completion(response: HttpResponse) -> tuple[dict[str, Any] | None, str]:
    """`{status, body}` with what the model answered and "", else what is wrong with it in a sentence."""
    if not 200 <= response.status < 300:
        return {"status": response.status}, f"The model provider answered {response.status}."
    try:
        completion = json.decode(response.body, type=_Completion)
        content = completion.choices[0].message.content if completion.choices else None
        return {"status": response.status, "body": json.decode(content or "")}, ""
    except (DecodeError, RecursionError):
        return {"status": response.status}, "The model did not answer with JSON."
