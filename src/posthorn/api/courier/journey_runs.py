"""Journeys: invoking, canceling, runs and their steps (courier.md 5.5, 5.6)."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.invoking import InvokeAnswer, check_invocable, start_run, unprocessable
from posthorn.api.courier.runs import NO_RUN, QUERY, GivenRunQuery, RunAnswer, RunPage, one_run, page_of_runs, steps_of
from posthorn.automations.invocation import can_be_reached, named_user, opens
from posthorn.automations.model import ACTIVE, RUN_CANCEL_REQUESTED, Automation, Run, RunCancelRequested, RunInvoked
from posthorn.automations.runs import find_run
from posthorn.automations.store import runs_with_token
from posthorn.automations.write import live_or_draft
from posthorn.clock import iso
from posthorn.errors import Invalid, NotFound
from posthorn.ids import digest
from posthorn.log.model import partition_of
from posthorn.profiles.store import profile as stored_profile
from posthorn.storage.database import Transaction

_NOBODY = (
    "User identifier or profile required. Provide user_id, user_id/userId/anonymousId in profile/data, "
    "or profile with contact info."
)


class JourneyInvokeBody(Struct, frozen=True, kw_only=True):
    """Whom it is for, and what the run gets. cancelation_token: instead of the journey's own."""

    user_id: str | None = None
    data: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None
    cancelation_token: str | None = None


class CancelBody(Struct, frozen=True, kw_only=True):
    """Exactly one of the two."""

    cancelation_token: str | None = None
    run_id: str | None = None


class CancelAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The token, or the run with what has become of it."""

    cancelation_token: str | None = None
    run_id: str | None = None
    status: str | None = None


class OneRunAnswer(Struct, frozen=True, kw_only=True):
    """A run."""

    run: RunAnswer


class NodeAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a node did. reason: why, "" where there is nothing to say."""

    action: str
    status: str
    node_id: str
    created_at: str
    updated_at: str
    message_id: str | None = None
    reason: str = ""


class NodesAnswer(Struct, frozen=True, kw_only=True):
    """What a run did so far, in order."""

    steps: list[NodeAnswer]


@post("/journeys/{journey_id:str}/invoke", status_code=202)
async def invoke_journey(
    journey_id: FromPath[str], data: JSONBody[JourneyInvokeBody], context: GivenContext, caller: GivenCaller
) -> InvokeAnswer:
    """Starts a run of a published journey for one user."""
    profile, given = data.profile or {}, data.data or {}
    user_id = named_user(data.user_id, profile, given)
    if user_id is None and not can_be_reached(profile):
        raise Invalid(_NOBODY)
    async with context.database.snapshot() as tx:
        journey = await live_or_draft(tx, caller.environment, "journey", journey_id)
        check_invocable(journey, journey_id)
        asked = RunInvoked(
            run_id=caller.request_id,
            automation_id=journey.automation_id,
            recipient=user_id,
            data=given,
            profile=profile,
            token=data.cancelation_token or None,
            source=[f"invoke/{journey.automation_id}"],
        )
        await _check_conditions(tx, context, caller, journey, asked)
    return await start_run(context, caller, asked)


@post("/journeys/cancel", status_code=202)
async def cancel_runs(data: JSONBody[CancelBody], context: GivenContext, caller: GivenCaller) -> CancelAnswer:
    """Cancels one run, or every active run with a token. What was sent already is not called back."""
    if (data.cancelation_token is None) == (data.run_id is None):
        raise Invalid("Exactly one of cancelation_token and run_id: Required")
    if data.run_id is not None:
        return await _cancel_one(context, caller, data.run_id)
    await _cancel_all(context, caller, data.cancelation_token or "")
    return CancelAnswer(cancelation_token=data.cancelation_token)


@get("/journeys/runs", dependencies=QUERY)
async def list_journey_runs(context: GivenContext, caller: GivenCaller, wanted: GivenRunQuery) -> RunPage:
    """Runs of journeys, newest first; those of automations never appear."""
    return await page_of_runs(context, caller.environment, "journey", wanted)


@get("/journeys/runs/{run_id:str}")
async def read_journey_run(run_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> OneRunAnswer:
    """One run of a journey."""
    return OneRunAnswer(run=await one_run(context, caller.environment, "journey", run_id))


@get("/journeys/runs/{run_id:str}/steps")
async def journey_run_steps(run_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> NodesAnswer:
    """What each node of a run did, and why."""
    steps = await steps_of(context, caller.environment, "journey", run_id)
    return NodesAnswer(
        steps=[
            NodeAnswer(
                action=step.action,
                status=step.status,
                node_id=step.node_id,
                created_at=iso(step.created_at),
                updated_at=iso(step.updated_at),
                message_id=step.message_id,
                reason=step.reason,
            )
            for step in steps
        ]
    )


async def _check_conditions(tx: Transaction, context: Context, caller: Caller, journey: Automation, asked: RunInvoked) -> None:
    user_key = asked.recipient or asked.run_id
    partition = partition_of(caller.environment, user_key, context.database.partition_count)
    stored = await stored_profile(tx, partition, caller.environment, user_key)
    if not opens(journey, asked, stored.profile if stored else {}, context.clock.now_ms()):
        unprocessable("Trigger conditions not met")


async def _cancel_one(context: Context, caller: Caller, run_id: str) -> CancelAnswer:
    run = await _run(context, caller, run_id)
    if run.status in ACTIVE:
        payload = RunCancelRequested(run_id=run_id)
        entry = command_entry(caller, RUN_CANCEL_REQUESTED, run.user_key, payload, context)
        await context.commands.append_and_wait([entry])
        run = await _run(context, caller, run_id)
    return CancelAnswer(run_id=run_id, status=run.status)


async def _cancel_all(context: Context, caller: Caller, token: str) -> None:
    async with context.database.snapshot() as tx:
        users = dict.fromkeys(run.user_key for run in await runs_with_token(tx, caller.environment, token))
    payload = RunCancelRequested(token=token, requested_at=context.clock.now_ms())
    parts = [(user, "-" + digest(user).hex()) for user in users]
    entries = [command_entry(caller, RUN_CANCEL_REQUESTED, user, payload, context, part=part) for user, part in parts]
    if entries:
        await context.commands.append_and_wait(entries)


async def _run(context: Context, caller: Caller, run_id: str) -> Run:
    async with context.database.snapshot() as tx:
        found = await find_run(tx, context.database.partition_count, caller.environment, run_id)
    if found is None or found[1].kind != "journey":
        raise NotFound(NO_RUN)
    return found[1]


handlers = [invoke_journey, cancel_runs, list_journey_runs, read_journey_run, journey_run_steps]
