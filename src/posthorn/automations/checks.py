"""What is looked at when a draft goes live: templates that are not there, and circles without a wait."""

from posthorn.automations import store
from posthorn.automations.circles import circle
from posthorn.automations.model import Automation
from posthorn.automations.named_templates import named_templates
from posthorn.errors import Invalid
from posthorn.storage.database import Transaction
from posthorn.templates.read import is_usable

_MOST_LIVE = 10_000
_MOST_TOLD = 20


async def check_publishable(tx: Transaction, draft: Automation) -> None:
    """Raises Invalid with everything that would go wrong for certain."""
    problems = await missing_templates(tx, draft)
    live = [
        one
        for kind in ("automation", "journey")
        for one in await store.heads(tx, draft.environment, kind, True, "", _MOST_LIVE)
    ]
    path = circle(draft, live)
    if path:
        problems.append(f"{' invokes '.join([*path, path[0]])} without a wait on the way: this would never end")
    if problems:
        raise Invalid("; ".join(problems[:_MOST_TOLD]))


async def missing_templates(tx: Transaction, draft: Automation) -> list[str]:
    """A sentence for each template that is named as it is and cannot be used, with the place where it is named."""
    word = "nodes" if draft.kind == "journey" else "steps"
    return [
        f"{path}: Notification template {name} not found"
        for path, name in named_templates(draft.nodes, word)
        if not await is_usable(tx, draft.environment, name, draft.automation_id)
    ]
