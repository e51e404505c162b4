"""Profiles: read, merge, replace, patch, remove (courier.md 3.2).

A write is an event; its answer waits until the event is applied, so that a client reads what it wrote.
"""

from typing import Any, Literal

import msgspec
from litestar import delete, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.api.caller import GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import GivenContext


class ProfileBody(Struct, frozen=True, kw_only=True):
    """What is to be merged or stored."""

    profile: dict[str, Any]


class PatchOperation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One operation of JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: str
    value: Any = UNSET
    from_: str | UnsetType = msgspec.field(name="from", default=UNSET)


class PatchBody(Struct, frozen=True, kw_only=True):
    """Operations, applied in order, all or none."""

    patch: list[PatchOperation]


class Done(Struct, frozen=True, kw_only=True):
    """It is done."""

    status: Literal["SUCCESS"] = "SUCCESS"


class LegacyPreferences(Struct, frozen=True, kw_only=True):
    """Preferences in their old structure."""

    notifications: dict[str, Any] = {}
    categories: dict[str, Any] = {}


class ProfileAnswer(Struct, frozen=True, kw_only=True):
    """A stored profile."""

    profile: dict[str, Any]
    preferences: LegacyPreferences = LegacyPreferences()


@post("/profiles/{user_id:str}", status_code=200)
async def merge_profile(
    user_id: FromPath[str], data: JSONBody[ProfileBody], context: GivenContext, caller: GivenCaller
) -> Done:
    """Merges into the profile and creates it if there is none; keys that are not sent stay."""
    await context.commands.append_and_wait([command_entry(caller, "profile.merged", user_id, data, context)])
    return Done()


@put("/profiles/{user_id:str}")
async def replace_profile(
    user_id: FromPath[str], data: JSONBody[ProfileBody], context: GivenContext, caller: GivenCaller
) -> Done:
    """Replaces the whole profile; keys that are not sent are removed."""
    await context.commands.append_and_wait([command_entry(caller, "profile.replaced", user_id, data, context)])
    return Done()


@delete("/profiles/{user_id:str}")
async def delete_profile(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes the profile and erases what is stored of the user; one that nobody knows is removed already."""
    await context.commands.append_and_wait([command_entry(caller, "profile.deleted", user_id, {}, context)])


handlers = [merge_profile, replace_profile, delete_profile]
