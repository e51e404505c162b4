"""Lists of automations and of journeys (courier.md 4.2, 5.2)."""

from msgspec import Struct

from posthorn.api.context import Context
from posthorn.api.paging import decode_cursor, encode_cursor
from posthorn.automations.model import Automation, Kind
from posthorn.automations.store import heads
from posthorn.automations.unseen import unseen_paths
from posthorn.clock import iso
from posthorn.engine.sampling import samples_for
from posthorn.errors import Invalid
from posthorn.storage.database import Transaction

_PAGE = 20


class TemplateLine(Struct, frozen=True, kw_only=True, rename="camel"):
    """An automation or journey in a list."""

    id: str
    name: str
    version: str
    created_at: str
    updated_at: str


class TemplatePage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Automations or journeys by id."""

    templates: list[TemplateLine]
    cursor: str | None = None


async def page_of_templates(context: Context, environment: str, kind: Kind, version: str, cursor: str | None) -> TemplatePage:
    """A page of automations or journeys. Raises Invalid for another version than published or draft."""
    if version not in ("published", "draft"):
        raise Invalid(
            f'Invalid version parameter "{version[:40]}". Accepted values are: published (for published templates) '
            "or draft (for draft templates)"
        )
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await heads(tx, environment, kind, version == "published", after, _PAGE + 1)
    shown = rows[:_PAGE]
    return TemplatePage(
        templates=[
            TemplateLine(
                id=one.automation_id,
                name=one.name,
                version=version,
                created_at=iso(one.created_at),
                updated_at=iso(one.updated_at),
            )
            for one in shown
        ],
        cursor=encode_cursor(shown[-1].automation_id) if len(rows) > _PAGE else None,
    )


async def publish_warnings(tx: Transaction, automation: Automation) -> list[str]:
    """What looks like a mistake and need not be one."""
    events = await samples_for(tx, automation)
    return unseen_paths(automation, events) if events else []
