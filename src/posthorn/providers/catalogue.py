"""The providers there are, and how they are described to others (courier.md 9.3)."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from posthorn.providers.form import schema
from posthorn.providers.seam import Provider
from posthorn.registry import discover


class CatalogueEntry(Struct, frozen=True, kw_only=True):
    """A provider that can be installed. settings: name → {"required", "type", "values"?}. form: their JSON Schema."""

    provider: str
    name: str
    description: str
    channel: str
    settings: dict[str, dict[str, Any]]
    form: dict[str, Any]


@cache
def providers() -> Mapping[str, Provider]:
    """Every provider by its key; found once."""
    return discover("posthorn.providers", "provider", Provider, lambda provider: provider.key)


def catalogue(*, keys: frozenset[str] | None = None, name: str = "", channel: str = "") -> list[CatalogueEntry]:
    """Descriptions in order of key. keys: only these; name: part of the name, in any case; channel: of this one."""
    return [
        entry_of(provider)
        for provider in providers().values()
        if (keys is None or provider.key in keys)
        and name.casefold() in provider.title.casefold()
        and channel in ("", provider.channel)
    ]


def entry_of(provider: Provider) -> CatalogueEntry:
    """How one provider is described."""
    form = schema(provider.settings)
    required = form.get("required", [])
    return CatalogueEntry(
        provider=provider.key,
        name=provider.title,
        description=provider.description,
        channel=provider.channel,
        settings={name: _described(field, name in required) for name, field in form.get("properties", {}).items()},
        form=form,
    )


def _described(field: Mapping[str, Any], is_required: bool) -> dict[str, Any]:
    if "enum" in field:
        return {"required": is_required, "type": "enum", "values": field["enum"]}
    return {"required": is_required, "type": field.get("type", "object")}
