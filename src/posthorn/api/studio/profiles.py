"""One user: what is known of him and which event said so, what he belongs to, what he got."""

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from posthorn.api.context import Context, GivenContext
from posthorn.api.insight.traits import deltas
from posthorn.api.payloads import masked
from posthorn.api.studio.events import TraitLine, trait_line
from posthorn.api.studio.page import page, pretty
from posthorn.api.studio.viewer import GivenViewer, Viewer
from posthorn.audiences import store as audiences
from posthorn.audiences.model import Standing
from posthorn.automations.runs import RunLine, runs_of_user
from posthorn.errors import NotFound
from posthorn.identities.store import current_id
from posthorn.log.model import partition_of
from posthorn.messages import store as messages
from posthorn.messages.filters import MessageFilter
from posthorn.messages.model import Message
from posthorn.profiles import store as profiles
from posthorn.profiles.change_store import changes_of_user
from posthorn.profiles.changes import ProfileChange
from posthorn.profiles.model import Profile
from posthorn.storage.database import Transaction
from posthorn.tenants import store as tenants
from posthorn.tenants.model import Membership

_CHANGES = 200
_SHOWN = 20


class Trait(Struct, frozen=True, kw_only=True):
    """One trait as it is. value: as JSON text; set_by: the event that set it, "" if that is no longer known."""

    name: str
    value: str
    set_by: str
    set_at: int | None


class Edit(Struct, frozen=True, kw_only=True):
    """What one event changed."""

    event_id: str
    at: int
    lines: list[TraitLine]


class Known(Struct, frozen=True, kw_only=True):
    """Everything that is shown of one user."""

    user_key: str
    profile: Profile | None
    changes: list[ProfileChange]
    tenants: list[Membership]
    audiences: list[Standing]
    runs: list[RunLine]
    messages: list[Message]


@get("/profiles/{user_id:str}")
async def show_profile(user_id: FromPath[str], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """One user; somebody who was merged into another is shown as that one."""
    async with context.database.snapshot() as tx:
        known = await _known(tx, context, viewer, user_id)
    if known.profile is None and not (known.tenants or known.runs or known.messages or known.changes):
        raise NotFound(f"Nothing is known of that user in {viewer.environment}.")
    values = {
        "known": known,
        "traits": _traits(known),
        "edits": [_edit(known.changes, at) for at in range(min(_SHOWN, len(known.changes)))],
    }
    return page(viewer, "profile", values)


async def _known(tx: Transaction, context: Context, viewer: Viewer, user_id: str) -> Known:
    environment, count = viewer.environment, context.database.partition_count
    user_key = await current_id(tx, environment, user_id, count)
    partition = partition_of(environment, user_key, count)
    states = await audiences.load_states(tx, partition, environment, (user_key,))
    standings = states[user_key].standings.values() if user_key in states else ()
    return Known(
        user_key=user_key,
        profile=await profiles.profile(tx, partition, environment, user_key),
        changes=await changes_of_user(tx, partition, environment, user_key, before=(2**62, ""), limit=_CHANGES),
        tenants=await tenants.load_memberships(tx, partition, environment, (user_key,)),
        audiences=[one for one in standings if one.is_member],
        runs=await runs_of_user(tx, partition, environment, user_key, _SHOWN),
        messages=await messages.messages(tx, environment, MessageFilter(recipient=user_key), limit=_SHOWN),
    )


def _traits(known: Known) -> list[Trait]:
    values = known.profile.profile if known.profile else {}
    return [_trait(name, values, known.changes) for name in sorted(values)]


def _trait(name: str, values: dict[str, object], changes: list[ProfileChange]) -> Trait:
    last = next((one for one in changes if name in one.traits), None)
    return Trait(
        name=name,
        value=pretty(masked({name: values[name]})[name]),
        set_by=last.event_id if last else "",
        set_at=last.changed_at if last else None,
    )


def _edit(changes: list[ProfileChange], at: int) -> Edit:
    one = changes[at]
    lines = [trait_line(delta) for delta in deltas(one, changes[at + 1 :])]
    return Edit(event_id=one.event_id, at=one.changed_at, lines=lines)


pages = [show_profile]
