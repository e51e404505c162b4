"""One event, with everything that became of it."""

from litestar import get
from litestar.params import FromPath

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.insight.thread import Thread, thread_of
from posthorn.errors import NotFound


@get("/log/{id:str}")
async def read_thread(id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Thread:
    """The thread of one event: the raw payload, what it changed in the profile, the automations it could start with the reason
    of each, its runs, their messages, and what Segment was told. `id`: of the event, of a message that followed, the
    messageId of an event that Segment was sent, or the event's own messageId while it is among the latest ten thousand or
    so; each leads to the same thread.
    """
    async with context.database.snapshot() as tx:
        found = await thread_of(tx, context, caller.environment, id.replace("\0", ""))
    if found is None:
        raise NotFound(f"There is no such event or message in {caller.environment}, or the log has dropped it.")
    return found


handlers = [read_thread]
