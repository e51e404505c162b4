"""What a command is."""

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True):
    """Something the outside must do.

    command_id: derived from its cause, so that the same cause never asks twice. kind: "deliver" (one message on
    one channel by
    one provider), "forward" (one event to a destination), "fetch" (a request whose answer a run waits for).
    lane: commands of one lane share a circuit breaker and a concurrency limit: a provider's id, "segment" and the like;
    behind a slash one of many lanes of the same.
    due_at, expires_at: UTC milliseconds; not before, and given up after.
    body: JSON, as the kind defines it.
    """

    command_id: str
    kind: str
    lane: str
    environment: str
    user_key: str
    due_at: int
    expires_at: int
    body: bytes
