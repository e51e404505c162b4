"""How often a step may be passed in a while: counted where the key that it counts for has its place (courier.md 4.5, 5.3)."""

from msgspec import Struct, json

from posthorn.automations.marks import Mark
from posthorn.automations.model import RUN_ANSWERED, Outcome, RunAnswered, Tell, View
from posthorn.events.model import Event, Fact

THROTTLE_ASKED = "throttle.asked"
KIND = "throttle"


class ThrottleAsked(Struct, frozen=True, kw_only=True):
    """Payload of "throttle.asked": may this run pass? name: of what is counted. max_allowed: passages in a window.

    period_ms: how long a window is; it opens with the first passage after the one before has ended. user_key: the run's.
    """

    run_id: str
    user_key: str
    ask_id: str
    name: str
    max_allowed: int
    period_ms: int


def decide(event: Event, view: View, now: int) -> Outcome:
    """Counts the passage if there is room; the run is told {passes, count} either way."""
    asked = json.decode(event.body, type=ThrottleAsked)
    window = view.marks.get((KIND, asked.name))
    is_open = window is not None and window.body is not None and (window.expires_at or 0) > now
    count = window.body["count"] if window is not None and window.body is not None and is_open else 0
    passes = count < asked.max_allowed
    changed = Mark(
        user_key=event.user_key,
        kind=KIND,
        name=asked.name,
        expires_at=window.expires_at if window is not None and is_open else now + asked.period_ms,
        body={"count": count + 1},
    )
    verdict = "passed" if passes else "throttled"
    answer = RunAnswered(run_id=asked.run_id, ask_id=asked.ask_id, value={"passes": passes, "count": count})
    return Outcome(
        marks=(changed,) if passes else (),
        tells=(Tell(event_type=RUN_ANSWERED, user_key=asked.user_key, payload=answer),),
        facts=(Fact(about=asked.name, verdict=verdict, reason=f"{count} of {asked.max_allowed} had passed."),),
    )
