"""What the two spellings of a fetch step share: the request, and what becomes of the answer. Source: courier.md 4.5, 5.3."""

import re
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct, json

from posthorn.automations.fields import is_reference
from posthorn.automations.merging import Strategy, merged
from posthorn.automations.model import FetchAsked
from posthorn.automations.outcomes import Answer, Branch, Fail, Fetch, Gain, Next, Skip, StepContext, StepOutcome
from posthorn.expressions.references import resolve
from posthorn.expressions.values import text

TIMEOUT_MS = 10_000
PATIENCE_MS = 15 * 60_000
"""So long a run waits for an answer, with the time in which the request waits for its turn."""

MAX_URL = 2_000
_MARK = re.compile(r"\{\{[^{}]{1,500}\}\}|\$\{[^{}]{1,500}\}")
OnError = Literal["continue", "stop"] | list[Any]


class Wanted(Struct, frozen=True, kw_only=True):
    """A request as it is written, with its references."""

    method: str
    url: str
    headers: dict[str, Any] = {}
    params: dict[str, Any] = {}
    body: Any = None
    key: str | None = None


def check_url(url: str) -> None:
    """A literal must be an address of http or https. Raises ValueError."""
    if not is_reference(url) and not is_url(url):
        raise ValueError("`url`: Expected an address that begins with https://")


def is_url(url: str) -> bool:
    """Whether it can be called at all."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and len(url) <= MAX_URL


def fetch(wanted: Wanted, context: StepContext) -> StepOutcome:
    """Ask for the request; one whose address cannot be called is passed over."""
    address = _filled(wanted.url, context, _in_url)
    url = _with_parameters(address, _object(wanted.params, context))
    if not is_url(url):
        return Skip(reason=f'"{url[:200]}" is not an address that can be called.')
    headers = {name: text(value) for name, value in _object(wanted.headers, context).items()}
    body, kind = _body(wanted.body, context)
    if body and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = kind
    request = FetchAsked(
        run_id=context.run.run_id,
        ask_id=context.ask_id,
        method=wanted.method.upper(),
        url=url,
        headers=headers,
        body=body,
        timeout_ms=TIMEOUT_MS,
        key=wanted.key or context.derived_id,
    )
    return Fetch(request=request, until=context.now + PATIENCE_MS)


def fetched(answer: Answer, strategy: Strategy, on_error: OnError, context: StepContext) -> StepOutcome:
    """What the run makes of `{status, body}`: `refs.<step>.body` and `.status`, and the body merged into its data.

    Of a failure: its error list, or on, or the end. `{data, profile, override}` as a body gives only its data to the data.
    """
    reason = "There was no answer in time." if answer.kind == "timer" else answer.error
    if reason:
        return failed(reason, answer.value, on_error)
    body = answer.value["body"]
    given = body.get("data") if isinstance(body, dict) and set(body) <= {"data", "profile", "override"} else body
    data = context.run.context.get("data") or {}
    gain = Gain(data=merged(strategy, given, data) if isinstance(given, dict) else None, left=answer.value)
    return Next(reason=f"Answered {answer.value['status']}.", gain=gain)


def failed(reason: str, value: Any, on_error: OnError) -> StepOutcome:
    """What is done without an answer: the error list, on, or the end of the run. `refs.<step>.error` has the reason."""
    gain = Gain(left={"error": reason, **(value if isinstance(value, dict) else {})})
    if on_error == "stop":
        return Fail(reason=reason)
    return Branch(target=None if on_error == "continue" else 0, reason=reason, is_failure=True, gain=gain)


def _with_parameters(url: str, parameters: dict[str, Any]) -> str:
    if not parameters:
        return url
    before, mark, fragment = url.partition("#")
    written = urlencode({name: text(value) for name, value in parameters.items()}, quote_via=quote)
    return f"{before}{'&' if '?' in before else '?'}{written}{mark}{fragment}"


def _body(written: Any, context: StepContext) -> tuple[str, str]:
    if isinstance(written, str) and written.lstrip()[:1] in ("{", "["):
        return _filled(written, context, _in_json), "application/json"
    value = resolve(written, context.scope)
    if isinstance(value, str):
        return value, "text/plain; charset=utf-8"
    return ("" if value is None else text(value)), "application/json"


def _filled(written: str, context: StepContext, put_in: Callable[[Any], str]) -> str:
    """The text with each `{{path}}` and `${path}` replaced; one that it begins with is taken as it is."""
    if not _MARK.search(written):
        return text(resolve(written, context.scope))
    first = _MARK.match(written)
    start = first.end() if first else 0
    rest = _MARK.sub(lambda mark: put_in(resolve(mark[0], context.scope)), written[start:])
    return text(resolve(written[:start], context.scope)) + rest


def _in_url(value: Any) -> str:
    return quote(text(value), safe="")


def _in_json(value: Any) -> str:
    return json.encode(value).decode()[1:-1] if isinstance(value, str) else text(value)


def _object(value: dict[str, Any], context: StepContext) -> dict[str, Any]:
    found = resolve(value, context.scope)
    return found if isinstance(found, dict) else {}
