"""What was changed by whom (courier.md 9.12). Entries are never changed and never removed."""

from msgspec import Struct

from posthorn.access.model import StudioUser
from posthorn.ids import digest, random_bytes, request_id
from posthorn.storage.database import Transaction


class Actor(Struct, frozen=True, kw_only=True):
    """Who does something, and where: in "studio" or over the "api".

    actor_id: a user's, or a key's; "owner" for whom the password or link of the settings let in. email: "" for none.
    """

    actor_id: str
    email: str = ""
    source: str = "studio"


class AuditEvent(Struct, frozen=True, kw_only=True):
    """One change. environment: "" where it concerns both. at: UTC milliseconds. source: "studio" or "api".

    type: what was done, in kebab case. target: the id of what it was done to.
    """

    audit_event_id: str
    environment: str
    at: int
    type: str
    actor_id: str
    actor_email: str
    source: str
    target: str


def actor_of(user: StudioUser) -> Actor:
    """Somebody who is signed in to Studio."""
    return Actor(actor_id=user.user_id or "owner", email=user.email)


def hidden_user(environment: str, user_key: str) -> str:
    """A target that tells one of the people who are written to from another, and not who it is: nothing is forgotten here."""
    return "user-" + digest(environment, user_key).hex()


async def record(tx: Transaction, actor: Actor, type: str, *, target: str, at: int, environment: str = "") -> None:
    """Adds an entry. at: UTC milliseconds. environment: "" for what concerns both."""
    await tx.run(
        "INSERT INTO audit_events (audit_event_id, environment, at, type, actor_id, actor_email, source, target) "
        "VALUES (:audit_event_id, :environment, :at, :type, :actor_id, :actor_email, :source, :target)",
        audit_event_id=request_id(at, random_bytes(16)),
        environment=environment,
        at=at,
        type=type,
        actor_id=actor.actor_id,
        actor_email=actor.email,
        source=actor.source,
        target=target[:500].replace("\0", ""),
    )


async def audit_events(tx: Transaction, environment: str, *, before: tuple[int, str], limit: int) -> list[AuditEvent]:
    """Changes of an environment and of what concerns both, newest first. before: (at, id) of the last of the page before."""
    at, audit_event_id = before
    return await tx.all(
        AuditEvent,
        "SELECT audit_event_id, environment, at, type, actor_id, actor_email, source, target FROM audit_events "
        "WHERE (environment = :environment OR environment = '') "
        "AND (at < :at OR (at = :at AND audit_event_id < :audit_event_id)) ORDER BY at DESC, audit_event_id DESC LIMIT :limit",
        environment=environment,
        at=at,
        audit_event_id=audit_event_id,
        limit=limit,
    )


async def audit_event(tx: Transaction, environment: str, audit_event_id: str) -> AuditEvent | None:
    """One change, or None."""
    return await tx.first(
        AuditEvent,
        "SELECT audit_event_id, environment, at, type, actor_id, actor_email, source, target FROM audit_events "
        "WHERE audit_event_id = :audit_event_id AND (environment = :environment OR environment = '')",
        audit_event_id=audit_event_id,
        environment=environment,
    )
