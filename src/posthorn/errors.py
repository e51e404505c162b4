"""Every error that somebody is expected to handle.

    PosthornError
    ├── Refusal           the caller asked for something that will not be done
    │   ├── Invalid           the request is wrong; the same request will be refused again
    │   ├── Unauthenticated   no key, or an unknown one
    │   ├── Forbidden         a known key that may not do this
    │   ├── NotFound          no such thing
    │   ├── Conflict          it clashes with what is there
    │   ├── TooMany           too fast; try again after `retry_after_ms`
    │   └── Unavailable       not now; try again after `retry_after_ms`
    └── DeliveryFailure   the outside refused or did not answer
        ├── Temporary         try again, not before `retry_after_ms` if it is given
        │   └── NotSent           it never reached the other side, certainly
        ├── Permanent         trying again is of no use
        └── OutcomeUnknown    it may have reached the other side; trying again may do it twice

The class says what the caller may do next, the message is one sentence for a person, data goes in fields.
"""


class PosthornError(Exception):
    """Root of the errors that are meant to be handled."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refusal(PosthornError):
    """Something that will not be done. `code` is a stable word for programs, where there is one."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Invalid(Refusal):
    """The request is wrong and would be refused again."""


class Unauthenticated(Refusal):
    """No key was given, or nobody knows it."""


class Forbidden(Refusal):
    """The key is known and may not do this."""


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else."""


class Conflict(Refusal):
    """It clashes with what is there already."""


class TooMany(Refusal):
    """Too many requests; the same one may be tried after `retry_after_ms`."""

    def __init__(self, message: str, *, retry_after_ms: int, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after_ms = retry_after_ms


class Unavailable(Refusal):
    """Not possible right now; the same request may be tried after `retry_after_ms`."""

    def __init__(self, message: str, *, retry_after_ms: int = 1_000, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after_ms = retry_after_ms


BEHIND = "behind"
"""Code of the one Unavailable after which nothing should be sent again: it was accepted, and waiting took too long."""


class DeliveryFailure(PosthornError):
    """Something outside did not take what we sent."""


class Temporary(DeliveryFailure):
    """Worth another try, not before `retry_after_ms` (None: the caller's own back-off)."""

    def __init__(self, message: str, *, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class Permanent(DeliveryFailure):
    """Trying again is of no use."""


class NotSent(Temporary):
    """Nothing reached the other side: no such host, connection refused, no connection in time."""


class OutcomeUnknown(DeliveryFailure):
    """It was on its way when the connection or the time ran out, so it may have been taken."""
