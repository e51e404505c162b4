"""Automations that start by the clock: one timer each, set when it goes live and whenever it came due (courier.md 4.1)."""

from posthorn.automations.library import Library, fires
from posthorn.automations.marks import SHARED
from posthorn.automations.model import Automation, Outcome, RunInvoked
from posthorn.events.model import Event, Fact
from posthorn.ids import digest, request_id
from posthorn.timers.model import Timer

KIND = "schedule"
PARTITION = 0
"""Where these timers lie: they belong to no user."""


def schedule_timer(automation: Automation, *, after: int) -> Timer | None:
    """The timer for its next time after that moment (UTC milliseconds); None if there is none."""
    times = [one.schedule.next_due(after=after) for one in automation.triggers if one.schedule is not None]
    due_at = min((time for time in times if time is not None), default=None)
    if due_at is None:
        return None
    return Timer(
        timer_id=digest(KIND, automation.environment, automation.automation_id).hex(),
        due_at=due_at,
        environment=automation.environment,
        user_key=f"{SHARED}{KIND}:{automation.automation_id}",
        kind=KIND,
        subject_id=automation.automation_id,
    )


def decide(event: Event, library: Library, now: int) -> Outcome:
    """Asks for a run, and sets the timer for the next time. What was missed while nothing ran is made up for once.

    A timer that the live version did not set, because it is another version's or the automation is off, does nothing.
    """
    automation = library.find(event.environment, str(event.fields["subject_id"]))
    if automation is None or not fires(automation):
        return Outcome()
    expected = schedule_timer(automation, after=event.received_at - 1)
    following = schedule_timer(automation, after=now)
    timers = (following,) if following else ()
    if expected is None or expected.due_at != event.received_at:
        return Outcome(timers=timers)
    seed = digest(KIND, automation.automation_id, str(event.received_at))
    invoked = RunInvoked(
        run_id=request_id(event.received_at, seed),
        automation_id=automation.automation_id,
        source=[f"{KIND}/{automation.automation_id}"],
    )
    return Outcome(invokes=(invoked,), timers=timers, facts=(Fact(about=automation.automation_id, verdict="scheduled"),))
