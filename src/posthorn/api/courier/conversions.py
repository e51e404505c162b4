"""How often the goal of an automation or journey was reached."""

from litestar import get
from litestar.params import FromPath
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.automations.model import Kind
from posthorn.automations.runs import conversions
from posthorn.automations.write import read_version


class ConversionLine(Struct, frozen=True, kw_only=True):
    """Runs of one version through one variant ("" without a split, "hold-out" for those who got nothing)."""

    version: int
    variant: str
    runs: int
    conversions: int


class ConversionAnswer(Struct, frozen=True, kw_only=True):
    """Newest version first, as far back as runs are kept."""

    results: list[ConversionLine]


@get("/automations/{automation_id:str}/conversions")
async def automation_conversions(automation_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> ConversionAnswer:
    """Runs and conversions of each version and variant."""
    return await _counted(context, caller, "automation", automation_id)


@get("/journeys/{journey_id:str}/conversions")
async def journey_conversions(journey_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> ConversionAnswer:
    """Runs and conversions of each version and variant."""
    return await _counted(context, caller, "journey", journey_id)


async def _counted(context: Context, caller: Caller, kind: Kind, automation_id: str) -> ConversionAnswer:
    async with context.database.snapshot() as tx:
        draft = await read_version(tx, caller.environment, kind, automation_id, 0)
        found = await conversions(tx, caller.environment, draft.automation_id)
    return ConversionAnswer(
        results=[
            ConversionLine(version=one.version, variant=one.variant, runs=one.run_count, conversions=one.conversion_count)
            for one in found
        ]
    )


handlers = [automation_conversions, journey_conversions]
