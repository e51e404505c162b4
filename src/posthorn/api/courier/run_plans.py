"""What a new version means to the runs on their way: shown before it is published, and carried out on request."""

from typing import Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.automations.compile import Program, compile_program
from posthorn.automations.model import Automation
from posthorn.automations.planning import place_of, proposed
from posthorn.automations.runs import in_flight
from posthorn.automations.write import any_version
from posthorn.engine.run_pages import KIND, RunsWanted
from posthorn.errors import Invalid
from posthorn.jobs import store as job_store
from posthorn.jobs.model import Job
from posthorn.storage.database import Transaction


class PlannedNode(Struct, frozen=True, kw_only=True):
    """A node at which runs wait, how many, and the node of the new version where they would go on; null for none."""

    node_id: str
    action: str
    runs: int
    proposed: str | None


class PlannedVersion(Struct, frozen=True, kw_only=True):
    """A version with runs on their way."""

    version: int
    runs: int
    nodes: list[PlannedNode]


class PlanAnswer(Struct, frozen=True, kw_only=True):
    """Every version with runs on their way, against the draft."""

    versions: list[PlannedVersion]


class RunsBody(Struct, frozen=True, kw_only=True):
    """`action`: "move" to the live version, or "end". `nodes`: version → node id → node id there, in place of what is proposed.

    To leave runs as they are, nothing has to be done.
    """

    action: Literal["move", "end"]
    nodes: dict[int, dict[str, str]] = {}


class RunsAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The job that does it; `GET /jobs/{jobId}` tells how far it is."""

    job_id: str


@get("/automations/{automation_id:str}/plan")
async def plan_of_draft(automation_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> PlanAnswer:
    """The runs on their way and where the draft would take them. Journeys are taken by their id as well."""
    async with context.database.snapshot() as tx:
        draft = await any_version(tx, caller.environment, automation_id, 0)
        found = await in_flight(tx, caller.environment, draft.automation_id)
    new = compile_program(draft.kind, draft.nodes)
    versions: list[PlannedVersion] = []
    for version in sorted({one.version for one in found}, reverse=True):
        places = {one.position: one.run_count for one in found if one.version == version}
        nodes = _nodes(_program(context, draft, version), new, places)
        versions.append(PlannedVersion(version=version, runs=sum(places.values()), nodes=nodes))
    return PlanAnswer(versions=versions)


@post("/automations/{automation_id:str}/runs", status_code=202)
async def act_on_runs(
    automation_id: FromPath[str], data: JSONBody[RunsBody], context: GivenContext, caller: GivenCaller
) -> RunsAnswer:
    """Moves the runs on other versions to the live one, or ends them. A run without a counterpart stays as it is."""
    async with context.database.transaction() as tx:
        live = await any_version(tx, caller.environment, automation_id, None)
        wanted = RunsWanted(version=live.version, action=data.action, nodes=await _mapping(tx, context, live, data))
        await job_store.add(tx, _job(context, caller, live, wanted))
    return RunsAnswer(job_id=caller.request_id)


async def _mapping(tx: Transaction, context: Context, live: Automation, data: RunsBody) -> dict[int, dict[str, str]]:
    if data.action == "end":
        return {}
    new = compile_program(live.kind, live.nodes)
    for target in {target for nodes in data.nodes.values() for target in nodes.values()}:
        if place_of(new, target) is None:
            raise Invalid(f"nodes: There is no node {target[:80]} in version {live.version}")
    versions = {one.version for one in await in_flight(tx, live.environment, live.automation_id)} - {live.version}
    return {version: {**proposed(_program(context, live, version), new), **data.nodes.get(version, {})} for version in versions}


def _program(context: Context, automation: Automation, version: int) -> Program:
    found = context.config.automations.program(automation.environment, automation.automation_id, version)
    return found or Program(instructions=())


def _nodes(old: Program, new: Program, places: dict[int, int]) -> list[PlannedNode]:
    mapping = proposed(old, new)
    known = [(old.instructions[place], count) for place, count in sorted(places.items()) if place < len(old.instructions)]
    return [
        PlannedNode(node_id=one.node_id, action=one.step.action, runs=count, proposed=mapping.get(one.node_id))
        for one, count in known
    ]


def _job(context: Context, caller: Caller, live: Automation, wanted: RunsWanted) -> Job:
    now = context.clock.now_ms()
    return Job(
        job_id=caller.request_id,
        kind=KIND,
        environment=live.environment,
        subject_id=live.automation_id,
        body=msgspec.to_builtins(wanted, str_keys=True),
        created_at=now,
        updated_at=now,
    )


handlers = [plan_of_draft, act_on_runs]
