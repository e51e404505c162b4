"""Whether a message of a run may go out now: the send window and the frequency cap of its automation. Pure."""

from msgspec.structs import replace

from posthorn.automations.digesting import DIGEST_ADDED, DigestAdded
from posthorn.automations.marks import Mark, Marks
from posthorn.automations.model import Send, Tell
from posthorn.automations.outcomes import Deliver, Skip, Tells
from posthorn.automations.rules import FrequencyCap, Rules, SendWindow
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.moments import next_opening

KIND = "sends"
_REMEMBERED_MS = 90 * 86_400_000
_MOST_REMEMBERED = 1_000


def guarded(deliver: Deliver, rules: Rules, sent_at: list[int], *, zone: str, now: int) -> Deliver | Skip | Tells:
    """The message as it may go out: at once, later, in a digest, or not at all, with the reason.

    sent_at: when automations sent this user something (UTC milliseconds). zone: the user's. A message that has a delay of its
    own keeps it.
    """
    cap = rules.frequency_cap
    if cap is not None and _is_too_much(cap, sent_at, now):
        return Skip(reason=f"The frequency cap of {cap.max_messages} messages in {cap.period} is reached.")
    window = rules.send_window
    if window is None or deliver.send.message.get("delay"):
        return deliver
    opens_at = next_opening(window.window, now=now, zone=window.timezone or zone)
    return deliver if opens_at <= now else _outside(deliver, window, opens_at)


def sent_times(marks: Marks) -> list[int]:
    """When automations sent the user of these marks something, oldest first."""
    mark = marks.get((KIND, ""))
    return list(mark.body["at"]) if mark is not None and mark.body is not None else []


def sent_mark(user_key: str, sent_at: list[int], now: int) -> Mark:
    """The mark that remembers these times, as long as any cap may ask for them."""
    kept = [at for at in sent_at if at > now - _REMEMBERED_MS][-_MOST_REMEMBERED:]
    return Mark(user_key=user_key, kind=KIND, name="", expires_at=now + _REMEMBERED_MS, body={"at": kept})


def _is_too_much(cap: FrequencyCap, sent_at: list[int], now: int) -> bool:
    since = now - parse_duration(cap.period)
    return sum(at > since for at in sent_at) >= cap.max_messages


def _outside(deliver: Deliver, window: SendWindow, opens_at: int) -> Deliver | Skip | Tells:
    match window.outside:
        case "drop":
            return Skip(reason=f"Outside of the send window {window.window}.")
        case "digest":
            return _digested(deliver.send, window.subscription_topic_id)
        case "hold":
            delay = {"until": window.window} | ({"timezone": window.timezone} if window.timezone else {})
            send = replace(deliver.send, message={**deliver.send.message, "delay": delay})
            return Deliver(send=send, reason=f"Held until the send window {window.window} opens.")


def _digested(send: Send, topic_id: str) -> Skip | Tells:
    if send.recipient is None:
        return Skip(reason="Outside of the send window, and there is no user whose digest this could be.")
    brought = DigestAdded(topic_id=topic_id, run_id=send.run_id, data=send.message.get("data") or {})
    told = Tell(event_type=DIGEST_ADDED, user_key=send.recipient, payload=brought)
    return Tells(told=told, reason=f"Outside of the send window: put into the digest of {topic_id}.")
