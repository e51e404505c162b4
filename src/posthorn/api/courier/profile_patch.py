"""Tries a JSON Patch (RFC 6902) before it becomes an event, so that a client hears at once what is wrong with it."""

from typing import Any

import jsonpatch
import jsonpointer
import msgspec

from posthorn.api.bodies import MAX_BYTES, refuse_deep
from posthorn.errors import Invalid

_MAX_OPERATIONS = 1_000
_MAX_COPIES = 20


def check_patch(profile: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """Raises Invalid, naming the operation, if the patch does not apply to the profile or leaves something else than an object.

    A copy may double the profile, so their number and the size they lead to are limited.
    """
    if len(operations) > _MAX_OPERATIONS:
        raise Invalid(f"patch: at most {_MAX_OPERATIONS} operations")
    if sum(operation["op"] == "copy" for operation in operations) > _MAX_COPIES:
        raise Invalid(f"patch: at most {_MAX_COPIES} copy operations")
    value: Any = profile
    for at, operation in enumerate(operations):
        value = _applied(value, operation, at)
    if not isinstance(value, dict):
        raise Invalid("patch: the profile would not be an object any more")
    refuse_deep(value)


def _applied(value: Any, operation: dict[str, Any], at: int) -> Any:
    try:
        changed = jsonpatch.apply_patch(value, [operation])
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Invalid(f"patch[{at}]: {error}") from None
    if operation["op"] == "copy" and len(msgspec.json.encode(changed)) > MAX_BYTES:
        raise Invalid(f"patch[{at}]: the profile would be larger than 6 MB")
    return changed
