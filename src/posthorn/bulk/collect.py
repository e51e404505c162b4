"""Makes a bulk job, takes its users portion by portion, and lets it run."""

from typing import Any

from msgspec.structs import replace

from posthorn.bulk import store
from posthorn.bulk.model import ERROR, KIND, PENDING, BulkJob, BulkUser
from posthorn.errors import Invalid, NotFound
from posthorn.jobs import store as job_store
from posthorn.jobs.model import Job
from posthorn.messages.recipients import target
from posthorn.messages.requests import check_message
from posthorn.storage.database import Transaction


def message_of(definition: dict[str, Any]) -> dict[str, Any]:
    """The message object (courier.md 6.2) that a bulk message stands for; its event is its template if it names none."""
    named = {"template": definition.get("template") or definition.get("event"), "brand_id": definition.get("brand")}
    if definition.get("content"):
        named = {"content": definition["content"], "brand_id": definition.get("brand")}
    kept = {key: definition.get(key) for key in ("data", "override")}
    message = {key: value for key, value in {**named, **kept}.items() if value is not None}
    return {**message, "metadata": {"event": definition["event"]}}


async def create(tx: Transaction, environment: str, job_id: str, definition: dict[str, Any], now: int) -> None:
    """Makes a job without users. Raises Invalid for a message that cannot be sent."""
    event = definition.get("event")
    if not isinstance(event, str) or not event:
        raise Invalid("message.event: Required")
    check_message(message_of(definition), now=now)
    await store.insert_job(tx, BulkJob(environment=environment, job_id=job_id, definition=definition, created_at=now))


async def add_users(tx: Transaction, environment: str, job_id: str, users: list[dict[str, Any]]) -> None:
    """Adds users; one that cannot be written to is noted with the reason, and the others are taken.

    Raises NotFound, and Invalid once the job has been run.
    """
    job = await store.locked_job(tx, environment, job_id)
    if job is None:
        raise NotFound("Job not found")
    if job.run_at is not None:
        raise Invalid("The job has been run; no more users can be added.")
    rows = [_user(job.received + index + 1, given) for index, given in enumerate(users)]
    await store.insert_users(tx, job, rows)
    failures = sum(one.status == ERROR for one in rows)
    await store.save_job(tx, replace(job, received=job.received + len(rows), failures=job.failures + failures))


async def start(tx: Transaction, environment: str, job_id: str, now: int) -> None:
    """Lets a job run; a second time changes nothing. Raises NotFound."""
    job = await store.locked_job(tx, environment, job_id)
    if job is None:
        raise NotFound("Job not found")
    if job.run_at is None:
        await store.save_job(tx, replace(job, run_at=now))
        await job_store.add(
            tx,
            Job(
                job_id=job_id,
                kind=KIND,
                environment=environment,
                subject_id=job_id,
                total=job.received,
                created_at=now,
                updated_at=now,
            ),
        )


def _user(position: int, given: dict[str, Any]) -> BulkUser:
    try:
        recipient = _recipient(given)
        found = target(recipient, f"users[{position - 1}]")
    except Invalid as error:
        return BulkUser(position=position, user_key="", given=given, recipient={}, status=ERROR, error=error.message)
    return BulkUser(position=position, user_key=found.user_key, given=given, recipient=recipient, status=PENDING)


def _recipient(given: dict[str, Any]) -> dict[str, Any]:
    """One recipient object: the profile, over it `to`, over that the id."""
    parts = {key: given.get(key) or {} for key in ("profile", "to")}
    for key, value in parts.items():
        if not isinstance(value, dict):
            raise Invalid(f"{key}: Expected an object.")
    recipient = {**parts["profile"], **parts["to"]}
    if given.get("recipient"):
        recipient["user_id"] = given["recipient"]
    data = _data(recipient.get("data"), given.get("data"))
    extra = {"data": data or None, "preferences": given.get("preferences") or recipient.get("preferences")}
    return {**recipient, **{key: value for key, value in extra.items() if value is not None}}


def _data(under: Any, over: Any) -> Any:
    """Both together; what is no object is left for the check of the whole to refuse."""
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **over}
    return over or under
