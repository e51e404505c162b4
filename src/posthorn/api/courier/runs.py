"""What runs of automations and of journeys look like over HTTP, and how they are found (courier.md 4.2, 5.6)."""

from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, SkipValidation
from msgspec import Struct

from posthorn.api.context import Context
from posthorn.api.paging import decode_cursor, encode_cursor, split
from posthorn.automations.model import Kind, RunStep
from posthorn.automations.runs import RunFilter, RunLine, find_run, list_runs, steps_of_run
from posthorn.clock import iso
from posthorn.errors import Invalid, NotFound
from posthorn.expressions.moments import timestamp

_DAY_MS = 86_400_000
NO_RUN = "Run not found"
"""One text for a run that is unknown, of another environment or kind, or removed by age."""


class RunAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run. source: where it came from. Times are ISO 8601. template_id: None for an ad hoc run."""

    run_id: str
    source: list[str]
    status: str
    created_at: str
    updated_at: str | None = None
    template_id: str | None = None
    reason: str = ""


class RunQuery(Struct, frozen=True, kw_only=True):
    """The parameters of a listing, as they came."""

    cursor: str | None
    limit: str | None
    status: list[str] | None
    template_id: list[str] | None
    start_date: str | None
    end_date: str | None


class RunPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Runs, newest first. prev_cursor: of journeys only, absent on the first page."""

    runs: list[RunAnswer]
    next_cursor: str | None = None
    prev_cursor: str | None = None


def run_query(
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
    status: FromQuery[list[str] | None] = None,
    template_id: FromQuery[list[str] | None] = None,
    start_date: FromQuery[str | None] = None,
    end_date: FromQuery[str | None] = None,
) -> RunQuery:
    """The parameters of a listing; a handler's dependency named `wanted`."""
    return RunQuery(
        cursor=cursor, limit=limit, status=status, template_id=template_id, start_date=start_date, end_date=end_date
    )


QUERY = {"wanted": Provide(run_query, sync_to_thread=False)}
GivenRunQuery = NamedDependency[SkipValidation[RunQuery]]
"""The type of a handler's parameter named `wanted`."""


async def page_of_runs(context: Context, environment: str, kind: Kind, query: RunQuery) -> RunPage:
    """One page of the listing. Raises Invalid for a date or a cursor that cannot be read."""
    size = _size(query.limit)
    wanted = RunFilter(
        environment=environment,
        kind=kind,
        statuses=split(query.status),
        automation_ids=split(query.template_id),
        created_from=_date(query.start_date, "start_date", 0),
        created_to=_date(query.end_date, "end_date", _DAY_MS - 1),
        after=decode_cursor(query.cursor, tuple[int, str]),
    )
    async with context.database.snapshot() as tx:
        rows = await list_runs(tx, wanted, size + 1)
    shown = rows[:size]
    last = (shown[-1].created_at, shown[-1].run_id) if len(rows) > size else None
    return RunPage(
        runs=[line_answer(row) for row in shown],
        next_cursor=encode_cursor(last) if last else None,
        prev_cursor=_before_first(kind, query.cursor),
    )


def line_answer(row: RunLine) -> RunAnswer:
    """A run of a listing."""
    return RunAnswer(
        run_id=row.run_id,
        source=row.source,
        status=row.status,
        template_id=row.automation_id or None,
        created_at=iso(row.created_at),
    )


async def one_run(context: Context, environment: str, kind: Kind, run_id: str) -> RunAnswer:
    """One run. Raises NotFound."""
    async with context.database.snapshot() as tx:
        found = await find_run(tx, context.database.partition_count, environment, run_id)
    if found is None or found[1].kind != kind:
        raise NotFound(NO_RUN)
    run = found[1]
    return RunAnswer(
        run_id=run.run_id,
        source=run.source,
        status=run.status,
        template_id=run.automation_id or None,
        created_at=iso(run.created_at),
        updated_at=iso(run.updated_at),
        reason=run.reason,
    )


async def steps_of(context: Context, environment: str, kind: Kind, run_id: str) -> list[RunStep]:
    """What the steps of a run did, in order. Raises NotFound."""
    async with context.database.snapshot() as tx:
        found = await find_run(tx, context.database.partition_count, environment, run_id)
        if found is None or found[1].kind != kind:
            raise NotFound(NO_RUN)
        return await steps_of_run(tx, found[0], run_id)


def _size(limit: str | None) -> int:
    try:
        return max(1, min(int(limit or ""), 50))
    except ValueError:
        return 20


def _date(text: str | None, name: str, end_of_day: int) -> int | None:
    if not text:
        return None
    try:
        at = timestamp(text)
    except Invalid:
        raise Invalid(f"{name}: Expected an ISO 8601 date or timestamp") from None
    return at + end_of_day if len(text.strip()) <= len("2026-01-01") else at


def _before_first(kind: Kind, cursor: str | None) -> str | None:
    # Listings go one way only; going back is going to the first page.
    return encode_cursor((2**62, "")) if kind == "journey" and cursor else None
