"""The catalogue: every template that can be sent, in memory. A new one is loaded when the configuration changes."""

from collections.abc import Mapping
from typing import Literal

from posthorn.storage.database import Transaction
from posthorn.templates import store
from posthorn.templates.model import DRAFT, Template

Standing = Literal["published", "unpublished", "archived", "unknown"]


class TemplateCatalogue:
    """Never changes; the server swaps it for a newer one."""

    def __init__(self, templates: list[Template]) -> None:
        self._drafts = _by_name([one for one in templates if one.version == DRAFT])
        self._published = _by_name([one for one in templates if one.version != DRAFT])

    def find(self, environment: str, id_or_alias: str, *, draft: bool) -> Template | None:
        """The published version, or the draft; None if there is none or the template is archived."""
        found = (self._drafts if draft else self._published).get((environment, id_or_alias))
        return None if found is None or found.archived_at is not None else found

    def standing(self, environment: str, id_or_alias: str) -> Standing:
        """Why `find` has an answer or none."""
        found = self._drafts.get((environment, id_or_alias))
        if found is None:
            return "unknown"
        if found.archived_at is not None:
            return "archived"
        return "published" if found.published_version else "unpublished"

    def names_brand(self, environment: str, brand_id: str) -> bool:
        """Whether a template that is not archived has this brand, in its draft or published."""
        both = (*self._drafts.values(), *self._published.values())
        return any(one.brand_id == brand_id and one.environment == environment and one.archived_at is None for one in both)


async def load_catalogue(tx: Transaction) -> TemplateCatalogue:
    """The catalogue as this transaction sees it."""
    return TemplateCatalogue(await store.all_current(tx))


def _by_name(templates: list[Template]) -> Mapping[tuple[str, str], Template]:
    """Templates by (environment, id) and (environment, alias); an id wins over an alias."""
    by_alias = {(one.environment, one.alias): one for one in templates if one.alias is not None}
    return {**by_alias, **{(one.environment, one.template_id): one for one in templates}}
