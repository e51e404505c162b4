"""What a run wants sent: a message of its own user, or requests for others. Pure."""

from posthorn.automations.model import Send
from posthorn.engine.own_events import request_entries, requested_message
from posthorn.engine.state import UserState
from posthorn.events.model import Entry, Event
from posthorn.messages.model import MessageRequested
from posthorn.messages.recipients import Recipients, recipients, tenant_of


def sent(send: Send, user: UserState, event: Event, now: int) -> MessageRequested | list[Entry]:
    """The request for the user's own message, to be decided in this turn, or events for others. Raises Invalid."""
    requested = requested_message(send, user.runs)
    found = recipients(requested.to)
    if _is_only_for(user, requested, found):
        return requested
    return request_entries(requested, found, event, now)


def _is_only_for(user: UserState, requested: MessageRequested, found: Recipients) -> bool:
    named = tenant_of(requested.message, requested.to)
    is_own = not found.groups and [one.user_key for one in found.targets] == [user.user_key]
    return is_own and (not named or named in user.tenants)
