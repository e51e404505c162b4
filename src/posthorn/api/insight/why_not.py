"""`Why did she not get it?`, answered."""

from litestar import get
from litestar.params import FromQuery

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.insight.why import WhyNot, why_no_message, why_no_run
from posthorn.errors import Invalid


@get("/why-not")
async def why_not(
    context: GivenContext,
    caller: GivenCaller,
    user_id: FromQuery[str] = "",
    automation_id: FromQuery[str] = "",
    message_id: FromQuery[str] = "",
) -> WhyNot:
    """The gates in their order, what each one saw, and the first that said no: of one message; or, for a user and an
    automation, from the latest event that it waits for to the message.
    """
    if not message_id and not (user_id and automation_id):
        raise Invalid("Name a message_id, or a user_id and an automation_id.")
    async with context.database.snapshot() as tx:
        if message_id:
            return await why_no_message(tx, context, caller.environment, message_id)
        return await why_no_run(tx, context, caller.environment, user_id, automation_id)


handlers = [why_not]
