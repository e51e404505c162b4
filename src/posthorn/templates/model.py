"""What a template is. Source: courier.md 9.1."""

import re
from typing import Any

from msgspec import Struct

from posthorn.errors import Invalid

DRAFT = 0
PRIVATE = "private/"
"""The aliases of templates that belong to something else begin so; they are not listed."""

DELIVERY = "delivery"
"""Beside the elements of a tenant's template: its routing, channels and providers."""

_SEPARATOR = "\x1f"
_VERSION = re.compile(r"v(\d{3,9})", re.ASCII)


class Payload(Struct, frozen=True, kw_only=True):
    """What one version of a template holds. content: `{version, elements}`, every element with an id."""

    name: str
    tags: tuple[str, ...] = ()
    brand_id: str | None = None
    topic_id: str | None = None
    strategy_id: str | None = None
    content: dict[str, Any]


class Template(Struct, frozen=True, kw_only=True):
    """One version of a template, and what is known of the template as a whole.

    version: DRAFT (0), or 1 for `v001`. published_version: 0 if nothing is published. Times are UTC milliseconds.
    journey_id: the journey whose send nodes alone may use it; "" for one of the workspace.
    """

    environment: str
    template_id: str
    alias: str | None
    version: int
    published_version: int
    name: str
    tags: tuple[str, ...]
    brand_id: str | None
    topic_id: str | None
    strategy_id: str | None
    content: dict[str, Any]
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    archived_at: int | None
    journey_id: str = ""

    @property
    def state(self) -> str:
        """`DRAFT` or `PUBLISHED`, as this version is."""
        return "DRAFT" if self.version == DRAFT else "PUBLISHED"

    @property
    def delivery(self) -> dict[str, Any]:
        """What it says of `routing`, `channels` and `providers`, for messages that say nothing of it themselves."""
        return self.content.get(DELIVERY, {})

    @property
    def payload(self) -> Payload:
        """What this version holds."""
        return Payload(
            name=self.name,
            tags=self.tags,
            brand_id=self.brand_id,
            topic_id=self.topic_id,
            strategy_id=self.strategy_id,
            content=self.content,
        )


class Summary(Struct, frozen=True, kw_only=True):
    """A template in a list, by its draft; one is published if `published_version` is not 0."""

    template_id: str
    published_version: int
    name: str
    tags: tuple[str, ...]
    topic_id: str | None
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class VersionEntry(Struct, frozen=True, kw_only=True):
    """A version in a list of versions."""

    version: int
    written_at: int
    written_by: str


class Wanted(Struct, frozen=True, kw_only=True):
    """A template as somebody wants it: the payload and its alias."""

    payload: Payload
    alias: str | None = None


class Edit(Struct, frozen=True, kw_only=True):
    """A change: when (UTC milliseconds), by whom (a key's id), and whether the result is published at once."""

    now: int
    editor: str
    publish: bool = False


def tenant_alias(tenant_id: str, template_id: str) -> str:
    """The alias of a tenant's own template; with an empty template_id what all of that tenant's begin with."""
    return f"{PRIVATE}tenant{_SEPARATOR}{tenant_id}{_SEPARATOR}{template_id}"


def version_name(version: int) -> str:
    """`draft`, `v001` and so on."""
    return "draft" if version == DRAFT else f"v{version:03d}"


def version_number(name: str) -> int:
    """The number of `v001`. Raises Invalid for any other form."""
    found = _VERSION.fullmatch(name)
    if found is None or int(found[1]) == 0:
        raise Invalid("version: Expected format: v001, v002, etc.")
    return int(found[1])


class Brand(Struct, frozen=True, kw_only=True):
    """The look of what is sent (courier.md 9.4). settings, snippets: as the API was given them. Times are UTC milliseconds."""

    environment: str
    brand_id: str
    name: str
    settings: dict[str, Any] = {}
    snippets: dict[str, Any] = {}
    created_at: int
    updated_at: int
