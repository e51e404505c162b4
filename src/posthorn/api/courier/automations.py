"""Automations: templates, invoking, runs (courier.md 4.1 to 4.3)."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.courier.invoking import InvokeAnswer, check_invocable, start_run
from posthorn.api.courier.runs import QUERY, GivenRunQuery, RunPage, page_of_runs, steps_of
from posthorn.api.courier.workflows import TemplatePage, page_of_templates, publish_warnings
from posthorn.automations.compile import compile_program
from posthorn.automations.definition import read_automation, read_token
from posthorn.automations.model import Automation, RunInvoked, Trigger
from posthorn.automations.rules import Rules
from posthorn.automations.write import Draft, archive, live_or_draft, publish, put_draft, read_version
from posthorn.clock import iso
from posthorn.errors import Invalid

_RESERVED = frozenset({"invoke", "runs"})
Token = str | dict[str, Any] | None


class AutomationBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An automation as it is written; `sources` is the older form of `trigger`."""

    name: str
    steps: list[Any]
    alias: str | None = None
    enabled: bool = True
    trigger: Any = None
    sources: list[str] | None = None
    rules: dict[str, Any] | None = None
    cancelation_token: Token = None
    camel_token: Token = msgspec.field(default=None, name="cancelationToken")
    british_token: Token = msgspec.field(default=None, name="cancellation_token")


class AutomationAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """An automation: its draft or its published version. Times are ISO 8601.

    warnings: after publishing, what looks like a mistake: conditions on what no event has ever had.
    """

    id: str
    name: str
    alias: str | None
    version: str
    state: str
    enabled: bool
    trigger: list[Trigger]
    cancelation_token: str | None = msgspec.field(name="cancelation_token")
    steps: list[Any]
    rules: Rules
    created_at: str
    updated_at: str
    warnings: list[str] = []


class InvokeBody(Struct, frozen=True, kw_only=True):
    """What the run gets."""

    recipient: str | None = None
    data: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None
    brand: str | None = None
    template: str | None = None


class AdHoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps that run once and are stored nowhere else."""

    steps: list[Any]
    cancelation_token: Token = None
    camel_token: Token = msgspec.field(default=None, name="cancelationToken")
    british_token: Token = msgspec.field(default=None, name="cancellation_token")


class AdHocBody(InvokeBody, frozen=True, kw_only=True):
    """An ad hoc automation and what its run gets."""

    automation: AdHoc


class StepAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step did. reason: why, "" where there is nothing to say."""

    action: str
    status: str
    created_at: str
    updated_at: str
    step_id: str
    message_id: str | None = None
    reason: str = ""


class StepsAnswer(Struct, frozen=True, kw_only=True):
    """The steps of a run so far, in order."""

    steps: list[StepAnswer]


@get("/automations")
async def list_automations(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    version: FromQuery[str] = "published",
) -> TemplatePage:
    """Published automations, or drafts."""
    return await page_of_templates(context, caller.environment, "automation", version, cursor)


@get("/automations/{automation_id:str}")
async def read_automation_template(
    automation_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    version: FromQuery[Literal["draft", "published"]] = "published",
) -> AutomationAnswer:
    """One automation by id or alias."""
    number = 0 if version == "draft" else None
    async with context.database.snapshot() as tx:
        return _answer(await read_version(tx, caller.environment, "automation", automation_id, number))


@put("/automations/{automation_id:str}")
async def put_automation(
    automation_id: FromPath[str], data: JSONBody[AutomationBody], context: GivenContext, caller: GivenCaller
) -> AutomationAnswer:
    """Creates the automation or replaces its draft; what is published stays live until the next publish."""
    if automation_id in _RESERVED:
        raise Invalid(f"{automation_id} cannot be the id of an automation")
    draft = Draft(
        automation_id=automation_id,
        environment=caller.environment,
        kind="automation",
        name=data.name,
        alias=data.alias,
        is_enabled=data.enabled,
        definition=read_automation(msgspec.to_builtins(data)),
    )
    async with context.database.transaction() as tx:
        return _answer(await put_draft(tx, draft, context.clock.now_ms()))


@post("/automations/{automation_id:str}/publish", status_code=200)
async def publish_automation(automation_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> AutomationAnswer:
    """Makes the draft live for new runs; runs on their way keep their version."""
    async with context.database.transaction() as tx:
        live = await publish(tx, caller.environment, "automation", automation_id, context.clock.now_ms())
        return _answer(live, warnings=await publish_warnings(tx, live))


@delete("/automations/{automation_id:str}")
async def archive_automation(automation_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Archives the automation: nothing starts it any more, runs on their way finish."""
    async with context.database.transaction() as tx:
        await archive(tx, caller.environment, "automation", automation_id, context.clock.now_ms())


@post("/automations/invoke", status_code=200)
async def invoke_ad_hoc(data: JSONBody[AdHocBody], context: GivenContext, caller: GivenCaller) -> InvokeAnswer:
    """Runs steps that come with the request."""
    try:
        compile_program("automation", data.automation.steps)
        token = read_token(msgspec.to_builtins(data.automation))
    except Invalid as error:
        raise Invalid(f"automation.{error.message}") from None
    asked = _asked(caller.request_id, data, source="invoke/ad-hoc")
    return await start_run(context, caller, msgspec.structs.replace(asked, steps=data.automation.steps, token=token))


@post("/automations/{automation_id:str}/invoke", status_code=200)
async def invoke_automation(
    automation_id: FromPath[str], data: JSONBody[InvokeBody], context: GivenContext, caller: GivenCaller
) -> InvokeAnswer:
    """Starts a run of a published automation, by id or alias."""
    async with context.database.snapshot() as tx:
        automation = await live_or_draft(tx, caller.environment, "automation", automation_id)
    check_invocable(automation, automation_id)
    asked = _asked(caller.request_id, data, source=f"invoke/{automation.automation_id}")
    return await start_run(context, caller, msgspec.structs.replace(asked, automation_id=automation.automation_id))


@get("/automations/runs", dependencies=QUERY)
async def list_automation_runs(context: GivenContext, caller: GivenCaller, wanted: GivenRunQuery) -> RunPage:
    """Runs of automations, newest first; those of journeys never appear."""
    return await page_of_runs(context, caller.environment, "automation", wanted)


@get("/automations/runs/{run_id:str}/steps")
async def automation_run_steps(run_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> StepsAnswer:
    """What each step of a run did, and why."""
    steps = await steps_of(context, caller.environment, "automation", run_id)
    return StepsAnswer(
        steps=[
            StepAnswer(
                action=step.action,
                status=step.status,
                created_at=iso(step.created_at),
                updated_at=iso(step.updated_at),
                step_id=step.node_id,
                message_id=step.message_id,
                reason=step.reason,
            )
            for step in steps
        ]
    )


def _asked(run_id: str, data: InvokeBody, *, source: str) -> RunInvoked:
    return RunInvoked(
        run_id=run_id,
        recipient=data.recipient or None,
        data=data.data or {},
        profile=data.profile or {},
        brand=data.brand,
        template=data.template,
        source=[source],
    )


def _answer(automation: Automation, *, warnings: Sequence[str] = ()) -> AutomationAnswer:
    return AutomationAnswer(
        id=automation.automation_id,
        name=automation.name,
        alias=automation.alias,
        version="published" if automation.version else "draft",
        state=automation.state,
        enabled=automation.is_enabled,
        trigger=list(automation.triggers),
        cancelation_token=automation.cancelation_token,
        steps=automation.nodes,
        rules=automation.rules,
        created_at=iso(automation.created_at),
        updated_at=iso(automation.updated_at),
        warnings=list(warnings),
    )


handlers = [
    list_automations,
    read_automation_template,
    put_automation,
    publish_automation,
    archive_automation,
    invoke_ad_hoc,
    invoke_automation,
    list_automation_runs,
    automation_run_steps,
]
