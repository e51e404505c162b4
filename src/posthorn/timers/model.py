"""What a timer is."""

from msgspec import Struct

DUE = "timer.due"


class Timer(Struct, frozen=True, kw_only=True):
    """Something that is due for one user at `due_at` (UTC milliseconds).

    timer_id: derived from what set it, so that setting it twice is setting it once.
    kind: which decider it is for ("run", "message"). subject_id: the run or message it wakes.
    When it comes due, the deciders see an Event of type "timer.due" whose `name` is the kind, `message_id` the
    timer_id and
    `fields["subject_id"]` the subject.
    """

    timer_id: str
    due_at: int
    environment: str
    user_key: str
    kind: str
    subject_id: str
