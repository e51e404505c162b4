"""Why did this user not get it? The gates, on a page."""

from litestar import Response, get
from litestar.params import FromQuery

from posthorn.api.context import Context, GivenContext
from posthorn.api.insight.why import WhyNot, why_no_message, why_no_run
from posthorn.api.studio.page import page
from posthorn.api.studio.viewer import GivenViewer
from posthorn.errors import NotFound

TITLES = {
    "automation": "The automation is live",
    "event": "An event that it waits for came",
    "processing": "The event was processed",
    "freshness": "The event may start something",
    "condition": "The conditions held",
    "run": "The run came to a message",
    "template": "The message has content",
    "delay": "It need not wait any more",
    "preferences": "The user wants it, and no limit is reached",
    "routing": "There is a channel, an address and a provider",
    "delivery": "A provider took it",
}


@get("/why")
async def why(
    context: GivenContext,
    viewer: GivenViewer,
    user: FromQuery[str] = "",
    automation: FromQuery[str] = "",
    message: FromQuery[str] = "",
) -> Response[str]:
    """The form, and the answer if something is asked."""
    asked = [each.strip().replace("\0", "") for each in (user, automation, message)]
    answer, problem = await _answer(context, viewer.environment, *asked)
    values = {
        "user": asked[0],
        "automation": asked[1],
        "message": asked[2],
        "automations": context.config.automations.live(viewer.environment),
        "answer": answer,
        "problem": problem,
        "titles": TITLES,
    }
    return page(viewer, "why", values, status=404 if problem else 200)


async def _answer(context: Context, environment: str, user: str, automation: str, message: str) -> tuple[WhyNot | None, str]:
    if not message and not (user and automation):
        return None, ""
    try:
        async with context.database.snapshot() as tx:
            if message:
                return await why_no_message(tx, context, environment, message), ""
            return await why_no_run(tx, context, environment, user, automation), ""
    except NotFound as missing:
        return None, missing.message


pages = [why]
