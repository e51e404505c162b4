"""Links between kinds of events and the automations that they start (courier.md 1.8)."""

from litestar import delete, put
from litestar.params import FromPath

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.integrations.segment_events import LinkedAutomation
from posthorn.automations.linking import link, unlink
from posthorn.errors import NotFound

_LINKS = "/links/"


@put("/integrations/segment/events/{key_and_template:path}")
async def link_event(key_and_template: FromPath[str], context: GivenContext, caller: GivenCaller) -> LinkedAutomation:
    """Lets a kind of event start an automation or journey: `…/events/{key}/links/{template_id}`, the key encoded or not.

    Its draft gets the trigger; a live version gets it at once, as its next version, without what else waits in the draft.
    """
    key, template_id = _parts(key_and_template)
    async with context.database.transaction() as tx:
        linked = await link(tx, caller.environment, template_id, key, context.clock.now_ms())
    return LinkedAutomation(kind=linked.kind, template_id=linked.automation_id, name=linked.name)


@delete("/integrations/segment/events/{key_and_template:path}")
async def unlink_event(key_and_template: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Takes the link away, from the draft and from what is live; runs on their way finish."""
    key, template_id = _parts(key_and_template)
    async with context.database.transaction() as tx:
        await unlink(tx, caller.environment, template_id, key, context.clock.now_ms())


def _parts(path: str) -> tuple[str, str]:
    key, found, template_id = path.removeprefix("/").rpartition(_LINKS)
    if not found or not key or not template_id:
        raise NotFound("Not Found")
    return key, template_id


handlers = [link_event, unlink_event]
