"""Tells endpoints of a change of the configuration, in the transaction that makes it."""

from typing import Any

from posthorn.outbox import store as outbox
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction
from posthorn.webhooks.commands import webhook_commands
from posthorn.webhooks.endpoints import load_endpoints
from posthorn.webhooks.model import AUDIENCE_CALCULATED, AUDIENCE_UPDATED, NOTIFICATION_PUBLISHED, Notice

_PARTITION = 0  # what is nobody's belongs to the first


async def tell(tx: Transaction, vault: Vault, environment: str, notice: Notice, now: int) -> None:
    """Puts the calls into the outbox."""
    found = (await load_endpoints(tx, vault)).of(environment)
    await outbox.put(tx, _PARTITION, webhook_commands(found, notice, user_key="", now=now), now)


def notification_published(template_id: str, published_at: int) -> Notice:
    """A template was published (UTC milliseconds)."""
    data = {"id": template_id, "published_at": published_at}
    return Notice(type=NOTIFICATION_PUBLISHED, key=f"{template_id}/{published_at}", data=data)


def audience_updated(audience_id: str, version: int, filter_: dict[str, Any] | None) -> Notice:
    """An audience has a new version (courier.md 7.3)."""
    data = {"audience_id": audience_id, "audience_version": version, "filter": filter_}
    return Notice(type=AUDIENCE_UPDATED, key=f"{audience_id}/{version}", data=data)


def audience_calculated(audience_id: str, version: int, *, member_count: int, user_count: int) -> Notice:
    """Everybody has been evaluated by a version: so many users, of whom so many are in (courier.md 7.3)."""
    data = {
        "audience_id": audience_id,
        "user_count": member_count,
        "total_users": user_count,
        "total_users_filtered": member_count,
    }
    return Notice(type=AUDIENCE_CALCULATED, key=f"{audience_id}/{version}", data=data)
