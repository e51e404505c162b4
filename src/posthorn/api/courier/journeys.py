"""Journeys: templates and their versions (courier.md 5.1, 5.2)."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.workflows import TemplatePage, page_of_templates, publish_warnings
from posthorn.api.paging import Paging
from posthorn.automations.checks import missing_templates
from posthorn.automations.definition import read_journey
from posthorn.automations.model import Automation
from posthorn.automations.rules import Rules
from posthorn.automations.store import versions
from posthorn.automations.write import Draft, archive, publish, put_draft, read_version, roll_back
from posthorn.errors import Invalid, NotFound
from posthorn.ids import prefixed_id
from posthorn.storage.database import Transaction

_VERSION = re.compile(r"v(\d{1,9})", re.ASCII)
Token = str | dict[str, Any] | None


class JourneyBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A journey as it is written."""

    name: Annotated[str, Meta(min_length=1)]
    nodes: list[dict[str, Any]]
    enabled: bool = True
    state: Literal["DRAFT", "PUBLISHED"] = "DRAFT"
    rules: dict[str, Any] | None = None
    cancelation_token: Token = None
    camel_token: Token = msgspec.field(default=None, name="cancelationToken")
    british_token: Token = msgspec.field(default=None, name="cancellation_token")


class JourneyAnswer(Struct, frozen=True, kw_only=True):
    """One version of a journey, or its draft. Times are milliseconds; `published` is null before the first publish.

    warnings: after publishing, what looks like a mistake: conditions on what no event has ever had.
    """

    id: str
    name: str
    enabled: bool
    state: str
    nodes: list[Any]
    rules: Rules
    cancelation_token: str | None
    created: int
    updated: int
    published: int | None
    warnings: list[str] = []


class VersionLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A published version. created: when it was made. published: only of the live one, since when."""

    version: str
    name: str
    created: int
    published: int | None = None


class VersionPage(Struct, frozen=True, kw_only=True):
    """The published versions, newest first."""

    paging: Paging
    results: list[VersionLine]


class PublishBody(Struct, frozen=True, kw_only=True):
    """`version`: an earlier one ("v3") to go back to; the draft if left out."""

    version: str | None = None


@post("/journeys", status_code=201)
async def create_journey(data: JSONBody[JourneyBody], context: GivenContext, caller: GivenCaller) -> JourneyAnswer:
    """Creates a journey as a draft, or published at once."""
    journey_id = prefixed_id("jn_", context.clock.now_ms(), context.seed())
    async with context.database.transaction() as tx:
        return await _written(tx, context, caller, journey_id, data)


@get("/journeys")
async def list_journeys(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    version: FromQuery[str] = "published",
) -> TemplatePage:
    """Published journeys, or drafts."""
    return await page_of_templates(context, caller.environment, "journey", version, cursor)


@get("/journeys/{journey_id:str}")
async def read_journey_template(
    journey_id: FromPath[str], context: GivenContext, caller: GivenCaller, version: FromQuery[str | None] = None
) -> JourneyAnswer:
    """One version: `draft`, `published` or `v3`; without a wish the published one, or the draft if there is none."""
    async with context.database.snapshot() as tx:
        if version is None:
            draft = await read_version(tx, caller.environment, "journey", journey_id, 0)
            return _answer(await read_version(tx, caller.environment, "journey", journey_id, draft.published_version))
        return _answer(await read_version(tx, caller.environment, "journey", journey_id, _number(version)))


@put("/journeys/{journey_id:str}")
async def replace_journey(
    journey_id: FromPath[str], data: JSONBody[JourneyBody], context: GivenContext, caller: GivenCaller
) -> JourneyAnswer:
    """Replaces the draft; the published version stays live."""
    async with context.database.transaction() as tx:
        await read_version(tx, caller.environment, "journey", journey_id, 0)
        return await _written(tx, context, caller, journey_id, data)


@delete("/journeys/{journey_id:str}")
async def archive_journey(journey_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Archives the journey: nothing starts it any more, runs on their way finish."""
    async with context.database.transaction() as tx:
        await archive(tx, caller.environment, "journey", journey_id, context.clock.now_ms())


@get("/journeys/{journey_id:str}/versions")
async def journey_versions(journey_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> VersionPage:
    """The published versions, newest first."""
    async with context.database.snapshot() as tx:
        draft = await read_version(tx, caller.environment, "journey", journey_id, 0)
        found = await versions(tx, caller.environment, journey_id)
    lines = [
        VersionLine(
            version=f"v{one.version}",
            name=one.name,
            created=one.written_at,
            published=draft.published_at if one.version == draft.published_version else None,
        )
        for one in found
    ]
    return VersionPage(paging=Paging(more=False), results=lines)


@post("/journeys/{journey_id:str}/publish", status_code=200)
async def publish_journey(
    journey_id: FromPath[str], context: GivenContext, caller: GivenCaller, data: JSONBody[PublishBody | None] = None
) -> JourneyAnswer:
    """Makes the draft the next version, live for new runs; with `version`, an earlier one is live again."""
    environment, now = caller.environment, context.clock.now_ms()
    async with context.database.transaction() as tx:
        number = _number(data.version) if data and data.version else None
        if not number:
            live = await publish(tx, environment, "journey", journey_id, now)
            return _answer(live, warnings=await publish_warnings(tx, live))
        return _answer(await roll_back(tx, environment, "journey", journey_id, number, now))


async def _written(tx: Transaction, context: Context, caller: Caller, journey_id: str, data: JourneyBody) -> JourneyAnswer:
    now = context.clock.now_ms()
    body: dict[str, Any] = msgspec.to_builtins(data)
    draft = Draft(
        automation_id=journey_id,
        environment=caller.environment,
        kind="journey",
        name=data.name,
        is_enabled=data.enabled,
        definition=read_journey(body, seed=context.seed().hex()),
    )
    written = await put_draft(tx, draft, now)
    missing = await missing_templates(tx, written)  # courier.md 5.2: of journeys they must be there already
    if missing:
        raise Invalid("; ".join(missing[:20]))
    if data.state == "PUBLISHED":
        written = await publish(tx, caller.environment, "journey", journey_id, now)
    return _answer(written)


def _number(version: str) -> int | None:
    """The number of a version as `read_version` takes it. Raises NotFound for what is none."""
    if version == "draft":
        return 0
    if version == "published":
        return None
    found = _VERSION.fullmatch(version)
    if not found:
        raise Invalid(f'Invalid version "{version[:40]}": expected draft, published or a version such as v3')
    if int(found[1]) == 0:
        raise NotFound(f"Version {version} not found")
    return int(found[1])


def _answer(journey: Automation, *, warnings: Sequence[str] = ()) -> JourneyAnswer:
    return JourneyAnswer(
        id=journey.automation_id,
        name=journey.name,
        enabled=journey.is_enabled,
        state="PUBLISHED" if journey.version else "DRAFT",
        nodes=journey.nodes,
        rules=journey.rules,
        cancelation_token=journey.cancelation_token,
        created=journey.created_at,
        updated=journey.updated_at,
        published=journey.published_at,
        warnings=list(warnings),
    )


handlers = [
    create_journey,
    list_journeys,
    read_journey_template,
    replace_journey,
    archive_journey,
    journey_versions,
    publish_journey,
]
