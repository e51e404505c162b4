"""What a run wants to know of another user: asked where that user has his place, for nobody else sees him."""

from msgspec import Struct, json

from posthorn.automations.model import RUN_ANSWERED, Outcome, RunAnswered, Tell, View
from posthorn.events.model import Event

PROFILE_ASKED = "profile.asked"


class ProfileAsked(Struct, frozen=True, kw_only=True):
    """Payload of "profile.asked": the run wants the stored profile of the event's user. user_key: the run's."""

    run_id: str
    user_key: str
    ask_id: str


def decide(event: Event, view: View) -> Outcome:
    """The answer: {profile}, empty for somebody who is not known."""
    asked = json.decode(event.body, type=ProfileAsked)
    answer = RunAnswered(run_id=asked.run_id, ask_id=asked.ask_id, value={"profile": view.profile})
    return Outcome(tells=(Tell(event_type=RUN_ANSWERED, user_key=asked.user_key, payload=answer),))
