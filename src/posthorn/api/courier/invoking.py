"""Starting runs by API: the same for automations and journeys."""

from typing import NoReturn

from msgspec import Struct

from posthorn.api.caller import Caller
from posthorn.api.commands import accept, command_entry
from posthorn.api.context import Context
from posthorn.automations.invocation import obstacle
from posthorn.automations.model import RUN_INVOKED, Automation, RunInvoked
from posthorn.errors import Invalid


class InvokeAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The run that was started."""

    run_id: str


async def start_run(context: Context, caller: Caller, asked: RunInvoked) -> InvokeAnswer:
    """Appends the request and answers once it is applied."""
    user_key = asked.recipient or asked.run_id
    await accept(context, [command_entry(caller, RUN_INVOKED, user_key, asked, context)])
    return InvokeAnswer(run_id=asked.run_id)


def check_invocable(automation: Automation, given_id: str) -> None:
    """Raises Invalid, answered with 422, for what may not begin new runs."""
    word = obstacle(automation)
    if word:
        unprocessable(f"Cannot invoke {word} automation template {given_id}")


def unprocessable(message: str) -> NoReturn:
    """Raises the Invalid that is answered with 422."""
    raise Invalid(message, code="unprocessable")
