"""What a bulk job and one of its users are."""

from typing import Any

from msgspec import Struct

KIND = "bulk"
"""The kind of the job that sends to the users of a bulk job, and is called like it."""

PENDING = "PENDING"
ENQUEUED = "ENQUEUED"
ERROR = "ERROR"


class BulkJob(Struct, frozen=True, kw_only=True):
    """One message and how many users it has been given. Times are UTC milliseconds; run_at: None until it is run.

    definition: the message as it was given. failures: users that cannot be written to.
    """

    environment: str
    job_id: str
    definition: dict[str, Any]
    received: int = 0
    failures: int = 0
    run_at: int | None = None
    created_at: int


class BulkUser(Struct, frozen=True, kw_only=True):
    """One user of a job. given: as it came; recipient: as a recipient object (courier.md 6.3).

    status: PENDING, ENQUEUED or ERROR (wire). error: why he cannot be written to.
    """

    position: int
    user_key: str
    given: dict[str, Any]
    recipient: dict[str, Any]
    status: str = PENDING
    message_id: str = ""
    error: str = ""
