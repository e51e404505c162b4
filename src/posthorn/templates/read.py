"""Templates as they are stored, for the API."""

from posthorn.errors import NotFound
from posthorn.storage.database import Transaction
from posthorn.templates import store
from posthorn.templates.model import DRAFT, Summary, Template, VersionEntry, version_number


async def read_template(tx: Transaction, environment: str, id_or_alias: str, version: str = "published") -> Template:
    """One version: `published`, `draft` or `v001`. Archived templates are readable.

    Raises NotFound for an unknown template, one of which nothing is published, and an unknown version; Invalid for any
    other word.
    """
    number = {"published": -1, "draft": DRAFT}.get(version)
    if number is None:
        number = version_number(version)
    head = await find_head(tx, environment, id_or_alias)
    if number < 0:
        number = head.published_version or -1
    found = await store.version(tx, environment, head.template_id, number)
    if found is None and number < 0:
        raise NotFound(f"Notification template {id_or_alias} not found")
    if found is None:
        raise NotFound(f"Version not found for template {id_or_alias}")
    return found


async def find_head(tx: Transaction, environment: str, id_or_alias: str) -> store.Head:
    """What is known of a template as a whole. Raises NotFound."""
    head = await store.head(tx, environment, id_or_alias)
    if head is None:
        raise NotFound(f"Notification template {id_or_alias} not found")
    return head


async def is_usable(tx: Transaction, environment: str, id_or_alias: str, journey_id: str) -> bool:
    """Whether a send node of the journey may name that template: one of its own or of the workspace, not archived."""
    head = await store.head(tx, environment, id_or_alias)
    return head is not None and head.archived_at is None and head.journey_id in ("", journey_id)


async def check_scope(tx: Transaction, environment: str, journey_id: str, template_id: str) -> None:
    """Raises NotFound for a template that is none of that journey's own."""
    if (await find_head(tx, environment, template_id)).journey_id != journey_id:
        raise NotFound(f"Notification template {template_id} not found")


async def list_templates(tx: Transaction, environment: str, journey_id: str = "", *, after: str, limit: int) -> list[Summary]:
    """Templates of a journey, or of the workspace, that are not archived, behind an id ("" for the start) in its order."""
    return await store.summaries(tx, environment, journey_id, after=after, limit=limit)


async def list_versions(tx: Transaction, environment: str, template_id: str, *, below: int, limit: int) -> list[VersionEntry]:
    """Published versions below a number, newest first; the draft is not among them."""
    return await store.versions(tx, environment, template_id, below=below, limit=limit)
