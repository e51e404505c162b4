"""Settings of a provider as they come in and as they are shown: checked, stored secrets kept, secrets masked."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, inspect

from posthorn.errors import Invalid
from posthorn.secrets import MASK, mask

_AT = re.compile(r"^(?P<text>.*?)(?:, got `\w+`)?(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_REQUIRED = re.compile(r"Object missing required field `(\w+)`")


def read_settings(kind: type[Struct], given: Mapping[str, Any]) -> Struct:
    """The settings as the provider's own struct.

    Raises Invalid such as "settings.port: Expected `int`", "settings.host: Required", "settings.hots: Unknown setting".
    """
    unknown = sorted(set(given) - set(kind.__struct_encode_fields__))
    if unknown:
        raise Invalid(f"settings.{unknown[0]}: Unknown setting")
    try:
        return msgspec.convert(given, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error))) from error


def keep_secrets(kind: type[Struct], given: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with the stored secret where its mask was sent back. Raises Invalid for another mask."""
    kept = dict(given)
    for name in secret_names(kind) & set(given):
        value, secret = given[name], stored.get(name)
        if isinstance(value, str) and value.startswith(MASK):
            if not isinstance(secret, str) or value != mask(secret):
                raise Invalid(f"settings.{name}: Send the secret itself, not a mask")
            kept[name] = secret
    return kept


def masked(kind: type[Struct], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they may be shown."""
    names = secret_names(kind)
    return {name: mask(str(value)) if name in names and value else value for name, value in stored.items()}


def secret_names(kind: type[Struct]) -> frozenset[str]:
    """The fields that are marked with seam.SECRET."""
    info = inspect.type_info(kind)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return frozenset(field.encode_name for field in fields if _is_secret(field.type))


def schema(kind: type[Struct]) -> dict[str, Any]:
    """JSON Schema of the settings, one object without references, for Studio's form."""
    (found,), parts = msgspec.json.schema_components([kind], ref_template="{name}")
    return parts[found["$ref"]] if "$ref" in found else found


def _is_secret(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.Metadata) and bool((kind.extra_json_schema or {}).get("writeOnly"))


def _sentence(error: str) -> str:
    found = _AT.match(error)
    text, path = (found["text"], found["path"] or "") if found else (error, "")
    required = _REQUIRED.fullmatch(text)
    if required:
        return f"settings{path}.{required[1]}: Required"
    return f"settings{path}: {text}" if path else f"settings.{text}"
