"""How templates look on the wire (courier.md 9.1)."""

from typing import Any

from msgspec import Struct

from posthorn.api.paging import Paging
from posthorn.errors import Invalid
from posthorn.templates.editing import checksum
from posthorn.templates.model import DRAFT, Payload, Summary, Template, VersionEntry, Wanted, version_name


class BrandRef(Struct, frozen=True, kw_only=True):
    """Which brand."""

    id: str


class TopicRef(Struct, frozen=True, kw_only=True):
    """Which subscription topic."""

    topic_id: str


class StrategyRef(Struct, frozen=True, kw_only=True):
    """Which routing strategy."""

    strategy_id: str


class NotificationBody(Struct, frozen=True, kw_only=True):
    """A template as it shall be."""

    name: str
    tags: list[str]
    brand: BrandRef | None
    subscription: TopicRef | None
    routing: StrategyRef | None
    content: dict[str, Any]
    alias: str | None = None


class TemplateBody(Struct, frozen=True, kw_only=True):
    """A template and whether it is published at once; `state` in any case of letters."""

    notification: NotificationBody
    state: str | None = None


class ContentBody(Struct, frozen=True, kw_only=True):
    """Content that replaces what is there."""

    content: dict[str, Any]
    state: str | None = None


class LocaleBody(Struct, frozen=True, kw_only=True):
    """Partial elements of one locale, each with the id of its element."""

    elements: list[dict[str, Any]]
    state: str | None = None


class PublishBody(Struct, frozen=True, kw_only=True):
    """Which version is to be the published one; the draft if none is named."""

    version: str | None = None


class TemplateAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a template. Times are epoch milliseconds."""

    id: str
    name: str
    tags: tuple[str, ...]
    brand: BrandRef | None
    subscription: TopicRef | None
    routing: StrategyRef | None
    content: dict[str, Any]
    state: str
    created: int
    creator: str
    updated: int
    updater: str
    alias: str | None = None


class SummaryAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A template in the list."""

    id: str
    name: str
    state: str
    tags: tuple[str, ...]
    created: int
    creator: str
    updated: int
    updater: str
    subscription_topic_id: str | None = None
    topic_id: str | None = None


class TemplatesPage(Struct, frozen=True, kw_only=True):
    """Templates in order of their ids."""

    paging: Paging
    results: list[SummaryAnswer]


class VersionAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`draft`, `published:v003` or `v002`. has_changes: the draft differs from what is published."""

    version: str
    created: int
    creator: str
    has_changes: bool | None = None


class VersionsPage(Struct, frozen=True, kw_only=True):
    """Versions, newest first; the draft leads."""

    paging: Paging
    versions: list[VersionAnswer]


class ContentAnswer(Struct, frozen=True, kw_only=True):
    """The elements with their checksums."""

    version: str
    elements: list[dict[str, Any]]


class ElementSum(Struct, frozen=True, kw_only=True):
    """One element and its MD5."""

    id: str
    checksum: str


class MutationAnswer(Struct, frozen=True, kw_only=True):
    """What content was written."""

    id: str
    version: str
    state: str
    elements: list[ElementSum]


def wanted_of(body: NotificationBody) -> Wanted:
    """The template that is asked for."""
    payload = Payload(
        name=body.name,
        tags=tuple(body.tags),
        brand_id=body.brand.id if body.brand else None,
        topic_id=body.subscription.topic_id if body.subscription else None,
        strategy_id=body.routing.strategy_id if body.routing else None,
        content=body.content,
    )
    return Wanted(payload=payload, alias=body.alias)


def changes_of(elements: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The partial elements by element id. Raises Invalid for one without."""
    missing = [at for at, element in enumerate(elements) if not isinstance(element.get("id"), str)]
    if missing:
        raise Invalid("; ".join(f"elements[{at}].id: Required" for at in missing[:20]))
    return {element["id"]: {name: value for name, value in element.items() if name != "id"} for element in elements}


def answer_of(template: Template) -> TemplateAnswer:
    """A version as the wire has it."""
    return TemplateAnswer(
        id=template.template_id,
        name=template.name,
        tags=template.tags,
        brand=BrandRef(id=template.brand_id) if template.brand_id else None,
        subscription=TopicRef(topic_id=template.topic_id) if template.topic_id else None,
        routing=StrategyRef(strategy_id=template.strategy_id) if template.strategy_id else None,
        content=template.content,
        state=template.state,
        created=template.created_at,
        creator=template.created_by,
        updated=template.updated_at,
        updater=template.updated_by,
        alias=template.alias,
    )


def summary_of(row: Summary) -> SummaryAnswer:
    """A template in a list as the wire has it."""
    return SummaryAnswer(
        id=row.template_id,
        name=row.name,
        state="PUBLISHED" if row.published_version else "DRAFT",
        tags=row.tags,
        created=row.created_at,
        creator=row.created_by,
        updated=row.updated_at,
        updater=row.updated_by,
        subscription_topic_id=row.topic_id,
        topic_id=row.topic_id,
    )


def version_of(row: VersionEntry, draft: Template, has_changes: bool) -> VersionAnswer:
    """A version in a list as the wire has it."""
    is_live = row.version != DRAFT and row.version == draft.published_version
    return VersionAnswer(
        version=f"published:{version_name(row.version)}" if is_live else version_name(row.version),
        created=row.written_at,
        creator=row.written_by,
        has_changes=has_changes if row.version == DRAFT else None,
    )


def mutation_of(template: Template) -> MutationAnswer:
    """What was written as the wire has it."""
    sums = [ElementSum(id=element["id"], checksum=checksum(element)) for element in template.content["elements"]]
    return MutationAnswer(id=template.template_id, version=template.content["version"], state=template.state, elements=sums)
