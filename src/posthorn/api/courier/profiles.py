"""Profiles: read, merge, replace, patch, remove (courier.md 3.2).

A write is an event; its answer waits until the event is applied, so that a client reads what it wrote.
"""

from typing import Any, Literal

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.profile_patch import check_patch
from posthorn.api.people import person
from posthorn.errors import NotFound
from posthorn.profiles import store
from posthorn.profiles.model import (
    DELETED,
    MERGED,
    PATCHED,
    REPLACED,
    Profile,
    ProfileMerged,
    ProfilePatched,
    ProfileReplaced,
)


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

    status: Literal["SUCCESS"]


class LegacyPreferences(Struct, frozen=True, kw_only=True):
    """Preferences in their old structure."""

    notifications: dict[str, Any]
    categories: dict[str, Any]


class ProfileAnswer(Struct, frozen=True, kw_only=True):
    """A stored profile."""

    profile: dict[str, Any]
    preferences: LegacyPreferences


@get("/profiles/{user_id:str}")
async def read_profile(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> ProfileAnswer:
    """What is stored of the user."""
    found = await _stored(context, caller, user_id)
    if found is None:
        raise NotFound("Profile not found")
    return ProfileAnswer(profile=found.profile, preferences=LegacyPreferences(notifications={}, categories={}))


@post("/profiles/{user_id:str}", status_code=200)
async def merge_profile(
    user_id: FromPath[str], data: JSONBody[ProfileBody], context: GivenContext, caller: GivenCaller
) -> Done:
    """Merges into the profile and creates it if there is none; keys that are not sent stay."""
    payload = ProfileMerged(profile=data.profile)
    await context.commands.append_and_wait([command_entry(caller, MERGED, user_id, payload, context)])
    return Done(status="SUCCESS")


@put("/profiles/{user_id:str}")
async def replace_profile(
    user_id: FromPath[str], data: JSONBody[ProfileBody], context: GivenContext, caller: GivenCaller
) -> Done:
    """Replaces the whole profile; keys that are not sent are removed."""
    payload = ProfileReplaced(profile=data.profile)
    await context.commands.append_and_wait([command_entry(caller, REPLACED, user_id, payload, context)])
    return Done(status="SUCCESS")


@patch("/profiles/{user_id:str}", status_code=204)
async def patch_profile(user_id: FromPath[str], data: JSONBody[PatchBody], context: GivenContext, caller: GivenCaller) -> None:
    """Applies the operations to the profile, which is created if there is none; if one fails, nothing changes."""
    operations: list[dict[str, Any]] = msgspec.to_builtins(data.patch)
    found = await _stored(context, caller, user_id)
    check_patch(found.profile if found else {}, operations)
    if operations:
        payload = ProfilePatched(patch=operations)
        await context.commands.append_and_wait([command_entry(caller, PATCHED, user_id, payload, context)])


@delete("/profiles/{user_id:str}")
async def delete_profile(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes the profile and erases what is stored of the user; one that nobody knows is removed already."""
    await context.commands.append_and_wait([command_entry(caller, DELETED, user_id, {}, context)])


async def _stored(context: Context, caller: Caller, user_id: str) -> Profile | None:
    async with context.database.snapshot() as tx:
        partition, user_key = await person(tx, context, caller, user_id)
        return await store.profile(tx, partition, caller.environment, user_key)


handlers = [read_profile, merge_profile, replace_profile, patch_profile, delete_profile]
