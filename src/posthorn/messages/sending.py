"""The job behind a request to many."""

import msgspec

from posthorn.jobs.model import Job
from posthorn.messages.model import SendRequested

KIND = "send"


def send_job(request: SendRequested, environment: str, now: int) -> Job:
    """The job that sends to everybody in the groups of a request; it is called like the request."""
    return Job(
        job_id=request.request_id,
        kind=KIND,
        environment=environment,
        subject_id=request.job_id or request.request_id,
        body=msgspec.to_builtins(request),
        due_at=request.due_at,
        created_at=now,
        updated_at=now,
    )
