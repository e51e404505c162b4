"""What a job is: one piece of work over many users, how far it has come, and what one page of it brings."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.events.model import Entry

Status = Literal["RUNNING", "FINISHED", "CANCELED", "FAILED"]


class Job(Struct, frozen=True, kw_only=True):
    """One piece of work. Times are UTC milliseconds.

    kind: a word of those that the engine knows. subject_id: what it is about (an audience, a broadcast, a request).
    body: what its kind needs to know. cursor: where it goes on; "" at the start. due_at: not worked before.
    total: how many users there will be, None until somebody has counted. done_count, failed_count: users so far.
    attempt_count: failures of the page under way, one after the other; error: the last of them, "" once it went well.
    """

    job_id: str
    kind: str
    environment: str
    subject_id: str = ""
    body: dict[str, Any] = {}
    cursor: str = ""
    due_at: int = 0
    total: int | None = None
    done_count: int = 0
    failed_count: int = 0
    status: Status = "RUNNING"
    attempt_count: int = 0
    error: str = ""
    created_at: int
    updated_at: int


class Page(Struct, frozen=True, kw_only=True):
    """What one page came to: events for the log, and where the next page begins.

    done_count, failed_count: users of this page. total: of the whole job, where this page has counted it.
    """

    entries: tuple[Entry, ...] = ()
    cursor: str = ""
    done_count: int = 0
    failed_count: int = 0
    total: int | None = None
    is_finished: bool = False
