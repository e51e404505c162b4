"""Steps of the flows of audiences."""

from typing import Any

from sinks import SegmentSink
from workspace import Workspace

PRO = {"operator": "EQ", "path": "plan", "value": "pro"}
BOUGHT_TWICE = {"operator": "DID", "event": "Order Completed", "at_least": 2, "within": "7 days"}


async def put_audience(workspace: Workspace, audience_id: str, *filters: Any, **more: Any) -> dict[str, Any]:
    """Writes an audience with these rules, and waits until everybody is evaluated."""
    body = {"filter": {"operator": "AND", "filters": list(filters)}, **more}
    answer = await workspace.call("PUT", f"/audiences/{audience_id}", body)
    await workspace.rest()
    return answer["audience"]


async def members_of(workspace: Workspace, audience_id: str) -> list[str]:
    """Who is in it, in order."""
    return [one["member_id"] for one in (await workspace.call("GET", f"/audiences/{audience_id}/members"))["items"]]


async def publish(workspace: Workspace, name: str, trigger: dict[str, Any], *steps: dict[str, Any]) -> None:
    """An automation that is live."""
    await workspace.call("PUT", f"/automations/{name}", {"name": name, "trigger": trigger, "steps": list(steps)})
    await workspace.call("POST", f"/automations/{name}/publish")


def mail_step(text: str) -> dict[str, Any]:
    """A step that writes to the user of the run."""
    return {"action": "send", "message": {"to": {"user_id": "refs.recipient"}, "content": {"title": text, "body": text}}}


async def titles(workspace: Workspace) -> list[str]:
    """Of all mails so far."""
    return [mail["subject"] for mail in reversed(await workspace.mails())]


async def tell_segment(workspace: Workspace, sink: SegmentSink) -> None:
    """Sets up the way back."""
    source = {"write_key": "wk_back", "endpoint": sink.url, "enabled": True}
    await workspace.call("PUT", "/integrations/segment", {"source": source})


def transitions(sink: SegmentSink) -> list[tuple[str, str, str]]:
    """(user, Matched or Unmatched, audience) of each that Segment heard of."""
    found = [event for event in sink.events if event["event"].startswith("Audience")]
    return [(event["userId"], event["event"].rsplit(" ", 1)[1], event["properties"]["audience_id"]) for event in found]
