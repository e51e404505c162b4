"""Counts what became of everything that was acknowledged: nothing may be lost, nothing may have happened twice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from faults.fault_shop import HOOK, LATE, MAIL, Shop

_TOLD = {MAIL: ("Message Sent", "Message Opened", "Message Clicked"), HOOK: ("Message Sent", "Message Delivered")}
_TOLD[LATE] = _TOLD[HOOK]


class Counts(Struct, frozen=True, kw_only=True):
    """lost, doubled: a sentence for each case; both must be empty.

    *_repeats: how often a mail, call or event went out again under the same id, which its receiver can tell.
    """

    acknowledged: int
    kills: int
    messages: int
    mails: int
    mail_repeats: int
    calls: int
    call_repeats: int
    forwarded: int
    forward_repeats: int
    repeated_requests: int
    lost: list[str]
    doubled: list[str]

    def line(self) -> str:
        """One line for people."""
        shown = ", ".join(f"{name} {getattr(self, name)}" for name in self.__struct_fields__[:-2])
        return f"{shown}, lost {len(self.lost)}, doubled {len(self.doubled)}"


async def count(shop: Shop) -> Counts:
    """Reads the log and the messages by the API, and what the sinks have kept."""
    log = await shop.server.pages("/log?limit=1000", "events", "after")
    messages = await shop.server.pages("/messages", "results", "cursor")
    lost: list[str] = []
    doubled: list[str] = []
    tracked = [event for event in log if event["type"] == "track"]
    _check("log", shop.acknowledged, (one["messageId"] for one in tracked if not one["duplicate"]), lost, doubled)
    mails = _ids((mail.subject, mail.message_id) for mail in shop.mails.mails)
    calls = _ids((_named(body), key) for key, body in shop.hooks.calls)
    for kind, ids in ((MAIL, mails), (HOOK, calls), (LATE, calls)):
        wanted = [f"{kind} {name}" for name in shop.acknowledged]
        _check("world", wanted, (name for name, _ in ids if name.startswith(kind)), lost, doubled)
    lost += [f"order of {user}" for user in _out_of_order(tracked)]
    _check_told(shop, lost, doubled)
    _check("messages", [each["id"] for each in messages], _told_ids(shop), lost, doubled)
    sent = [event["messageId"] for batch in shop.segment.batches for event in batch["batch"]]
    return Counts(
        acknowledged=len(shop.acknowledged),
        kills=shop.server.kill_count,
        messages=len(messages),
        mails=len(mails),
        mail_repeats=len(shop.mails.mails) - len(mails),
        calls=len(calls),
        call_repeats=len(shop.hooks.calls) - len(calls),
        forwarded=len(set(sent)),
        forward_repeats=len(sent) - len(set(sent)),
        repeated_requests=sum(one["duplicate"] for one in tracked),
        lost=lost,
        doubled=doubled,
    )


def _check(where: str, wanted: Iterable[str], found: Iterable[str], lost: list[str], doubled: list[str]) -> None:
    counted = Counter(found)
    lost += [f"{where}: {one} is missing" for one in wanted if one not in counted]
    doubled += [f"{where}: {one} is there {times} times" for one, times in counted.items() if times > 1]
    doubled += [f"{where}: nobody asked for {one}" for one in counted.keys() - set(wanted)]


def _ids(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """What went out, each with the id its receiver knows it by: a name with two ids is a message sent twice."""
    return set(pairs)


def _named(body: Mapping[str, Any]) -> str:
    data = body["message"]["data"]
    return f"{data['kind']} {data['n']}"


def _check_told(shop: Shop, lost: list[str], doubled: list[str]) -> None:
    """Segment must have been told of everything, once: three events of each mail, two of each call."""
    told = [f"{event['properties']['message_id']} {event['event']}" for event in shop.segment.events]
    kinds = {event["properties"]["message_id"]: event["properties"]["automation_template_id"] for event in shop.segment.events}
    wanted = [f"{message} {name}" for message, kind in kinds.items() for name in _TOLD[kind]]
    _check("Segment", wanted, told, lost, doubled)
    if Counter(kinds.values()) != dict.fromkeys(_TOLD, len(shop.acknowledged)):
        lost.append(f"Segment: heard of messages {Counter(kinds.values())}")


def _told_ids(shop: Shop) -> set[str]:
    return {event["properties"]["message_id"] for event in shop.segment.events}


def _out_of_order(tracked: Iterable[Mapping[str, Any]]) -> set[str]:
    latest: dict[str, int] = {}
    wrong: set[str] = set()
    for event in tracked:
        if not event["duplicate"]:
            number = int(event["messageId"].partition(".")[2])
            wrong |= {event["userId"]} if number <= latest.get(event["userId"], -1) else set()
            latest[event["userId"]] = number
    return wrong
