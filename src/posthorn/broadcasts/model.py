"""What a broadcast is, and how it stands."""

from typing import Literal

from msgspec import Struct

Channel = Literal["email", "sms", "push", "inbox", "slack", "msteams"]
Status = Literal["draft", "scheduled", "sending", "sent"]

ROUTED: dict[str, str] = {"slack": "direct_message", "msteams": "direct_message"}
"""The channel of a message for those channels of broadcasts that have another name there."""


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """To whom it goes, and when: wall-clock time in a zone; None for at once."""

    recipient_id: str
    recipient_type: Literal["list", "audience"]
    scheduled_to: str | None = None
    timezone: str | None = None


class Broadcast(Struct, frozen=True, kw_only=True):
    """A broadcast. Times are UTC milliseconds.

    template_id: its content. job_id: of the job that sends it, "" while it is a draft. job_status, job_cursor, job_due_at: how
    that job stands.
    """

    environment: str
    broadcast_id: str
    name: str
    channel: str
    template_id: str
    job_id: str = ""
    schedule: Schedule | None = None
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    archived_at: int | None = None
    archived_by: str | None = None
    job_status: str | None = None
    job_cursor: str | None = None
    job_due_at: int | None = None


def status_of(broadcast: Broadcast, now: int) -> Status:
    """How it stands at a moment (UTC milliseconds)."""
    is_stopped_unbegun = broadcast.job_status == "CANCELED" and not broadcast.job_cursor
    if not broadcast.job_id or is_stopped_unbegun:
        return "draft"
    if broadcast.job_status in ("FINISHED", "CANCELED", None):
        return "sent"
    has_begun = broadcast.job_cursor or (broadcast.job_due_at or 0) <= now
    return "sending" if has_begun else "scheduled"
