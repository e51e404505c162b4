"""Sends a broadcast, at once or at a set time, and calls it back while nothing has gone out."""

from msgspec.structs import replace

from posthorn.broadcasts import store
from posthorn.broadcasts.model import ROUTED, Broadcast, Schedule, status_of
from posthorn.errors import Conflict, Invalid
from posthorn.expressions.moments import timestamp
from posthorn.jobs import store as job_store
from posthorn.jobs.model import Job
from posthorn.messages.groups import Group, group_of
from posthorn.messages.model import SendRequested
from posthorn.messages.sending import send_job
from posthorn.storage.database import Transaction
from posthorn.templates.model import Edit
from posthorn.templates.read import read_template
from posthorn.templates.write import publish


async def send(tx: Transaction, broadcast: Broadcast, schedule: Schedule, request_id: str, edit: Edit) -> Broadcast:
    """Publishes the content and lets the job begin at the time of the schedule, else at once.

    Raises Conflict for one that is being sent or was sent, Invalid without content, or for a time that is none or has passed.
    """
    status = status_of(broadcast, edit.now)
    if status in ("sending", "sent"):
        raise Conflict(f"The broadcast is {status} already.")
    due_at = _due_at(schedule, edit.now)
    groups = (_group(schedule),)
    if status == "scheduled":
        broadcast = await cancel(tx, broadcast, edit)
    await _publish(tx, broadcast, edit)
    request = SendRequested(
        request_id=request_id,
        groups=groups,
        message={
            "template": broadcast.template_id,
            "routing": {"method": "single", "channels": [ROUTED.get(broadcast.channel, broadcast.channel)]},
        },
        job_id=broadcast.broadcast_id,
        due_at=due_at,
    )
    job = send_job(request, broadcast.environment, edit.now)
    await job_store.add(tx, job)
    return await _saved(tx, broadcast, job, schedule, edit)


async def cancel(tx: Transaction, broadcast: Broadcast, edit: Edit) -> Broadcast:
    """Makes a scheduled one a draft again. Raises Conflict for any other, also if its time has come meanwhile."""
    status = status_of(broadcast, edit.now)
    if status != "scheduled" or not await job_store.cancel_unbegun(tx, broadcast.environment, broadcast.job_id, edit.now):
        raise Conflict(f"The broadcast is {status} and cannot be canceled.")
    return await _saved(tx, broadcast, None, None, edit)


async def _saved(tx: Transaction, broadcast: Broadcast, job: Job | None, schedule: Schedule | None, edit: Edit) -> Broadcast:
    changed = replace(
        broadcast,
        job_id=job.job_id if job else "",
        job_status=job.status if job else None,
        job_cursor=job.cursor if job else None,
        job_due_at=job.due_at if job else None,
        schedule=schedule,
        updated_at=edit.now,
        updated_by=edit.editor,
    )
    await store.save(tx, changed)
    return changed


async def _publish(tx: Transaction, broadcast: Broadcast, edit: Edit) -> None:
    draft = await read_template(tx, broadcast.environment, broadcast.template_id, "draft")
    if not draft.content.get("elements"):
        raise Invalid("The broadcast has no content yet: PUT /broadcasts/{id}/content first.")
    await publish(tx, broadcast.environment, broadcast.template_id, None, edit)


def _group(schedule: Schedule) -> Group:
    key = "list_id" if schedule.recipient_type == "list" else "audience_id"
    found = group_of({key: schedule.recipient_id}, "recipient_id")
    if found is None:
        raise Invalid("recipient_id: Required")
    return found


def _due_at(schedule: Schedule, now: int) -> int:
    if schedule.scheduled_to is None:
        return now
    due_at = timestamp(schedule.scheduled_to, zone=schedule.timezone)
    if due_at <= now:
        raise Invalid(f"scheduled_to: {schedule.scheduled_to} has passed")
    return due_at
