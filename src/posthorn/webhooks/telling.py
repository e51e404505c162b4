"""Tells endpoints of a change of the configuration, in the transaction that makes it."""

from posthorn.outbox import store as outbox
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction
from posthorn.webhooks.commands import webhook_commands
from posthorn.webhooks.endpoints import load_endpoints
from posthorn.webhooks.model import NOTIFICATION_PUBLISHED, Notice

_PARTITION = 0  # what is nobody's belongs to the first


async def tell(tx: Transaction, vault: Vault, environment: str, notice: Notice, now: int) -> None:
    """Puts the calls into the outbox."""
    found = (await load_endpoints(tx, vault)).of(environment)
    await outbox.put(tx, _PARTITION, webhook_commands(found, notice, user_key="", now=now), now)


def notification_published(template_id: str, published_at: int) -> Notice:
    """A template was published (UTC milliseconds)."""
    data = {"id": template_id, "published_at": published_at}
    return Notice(type=NOTIFICATION_PUBLISHED, key=f"{template_id}/{published_at}", data=data)
