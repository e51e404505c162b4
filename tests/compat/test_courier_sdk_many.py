"""Courier's own Python client writes to many: lists, tenants, bulk jobs, broadcasts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import courier
import pytest
from courier import Courier

from live_server import eventually

HELLO: Any = {"title": "Hello", "body": "Dear reader"}


def _recipients(sdk: Courier, trace_id: str, count: int) -> list[str]:
    def all_there() -> list[str] | None:
        found = sorted(one.recipient for one in sdk.messages.list(trace_id=trace_id).results)
        return found if len(found) >= count else None

    return eventually(all_there)


def test_lists_patterns_and_people_in_one_request(sdk: Courier) -> None:
    sdk.lists.subscriptions.subscribe("many.web", recipients=[{"recipient_id": "m-1"}, {"recipient_id": "m-2"}])
    sdk.lists.subscriptions.subscribe("many.api", recipients=[{"recipient_id": "m-2"}, {"recipient_id": "m-3"}])

    to: Any = [{"list_pattern": "many.*"}, {"list_id": "many.web"}, {"user_id": "m-4"}, {"user_id": "m-1"}]
    sent = sdk.send.message(message={"to": to, "content": HELLO})

    assert _recipients(sdk, sent.request_id, 4) == ["m-1", "m-2", "m-3", "m-4"]
    with pytest.raises(courier.NotFoundError):
        sdk.messages.retrieve(sent.request_id)


def test_everybody_of_a_tenant_and_those_below_it(sdk: Courier) -> None:
    sdk.tenants.update("many-top", name="Top")
    sdk.tenants.update("many-below", name="Below", parent_tenant_id="many-top")
    with pytest.raises(courier.BadRequestError, match="cannot be above itself"):
        sdk.tenants.update("many-top", name="Top", parent_tenant_id="many-below")
    sdk.users.tenants.add_single("many-top", user_id="t-1")
    sdk.users.tenants.add_single("many-below", user_id="t-2", profile={"role": "owner"})
    sdk.tenants.preferences.items.update("pt_1", tenant_id="many-top", status="OPTED_OUT")

    to: Any = {"tenant_id": "many-top", "include_children": True}
    sent = sdk.send.message(message={"to": to, "content": HELLO})

    assert _recipients(sdk, sent.request_id, 2) == ["t-1", "t-2"]
    assert [one.id for one in sdk.tenants.list(parent_tenant_id="many-top").items] == ["many-below"]
    defaults = sdk.tenants.retrieve("many-top").default_preferences
    assert [(one.id, one.status) for one in (defaults.items if defaults else None) or []] == [("pt_1", "OPTED_OUT")]
    sdk.tenants.preferences.items.delete("pt_1", tenant_id="many-top")


def test_a_bulk_job_goes_through_its_life(sdk: Courier) -> None:
    job_id = sdk.bulk.create_job(message={"event": "invoice", "content": HELLO}).job_id
    sdk.bulk.add_users(job_id, users=[{"recipient": "b-1", "profile": {"email": "b-1@example.test"}}, {"data": {"a": 1}}])
    sdk.bulk.add_users(job_id, users=[{"to": {"user_id": "b-2"}, "data": {"sum": 5}}])
    created = sdk.bulk.retrieve_job(job_id).job
    sdk.bulk.run_job(job_id)

    done = eventually(lambda: found if (found := sdk.bulk.retrieve_job(job_id).job).status == "COMPLETED" else None)
    users = sdk.bulk.list_users(job_id).items
    assert (created.status, created.received, created.failures) == ("CREATED", 3, 1)
    assert (done.enqueued, done.failures, done.definition.event) == (2, 1, "invoice")
    assert [(one.recipient, one.status) for one in users] == [("b-1", "ENQUEUED"), (None, "ERROR"), (None, "ENQUEUED")]
    assert users[0].message_id
    assert _recipients(sdk, job_id, 2) == ["b-1", "b-2"]
    with pytest.raises(courier.BadRequestError):
        sdk.bulk.add_users(job_id, users=[{"recipient": "b-3"}])


def test_a_broadcast_goes_through_its_life(sdk: Courier) -> None:
    sdk.lists.subscriptions.subscribe("many.cast", recipients=[{"recipient_id": "c-1"}, {"recipient_id": "c-2"}])
    draft = sdk.broadcasts.create(name="March", channel="email")
    elements: Any = [{"type": "meta", "title": "News"}, {"type": "text", "content": "Dear reader"}]
    written = sdk.broadcasts.put_content(draft.id, content={"elements": elements})
    content = sdk.broadcasts.retrieve_content(draft.id)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")  # noqa: TID251 - a real server's clock
    scheduled = sdk.broadcasts.schedule(
        draft.id, recipient_id="many.cast", recipient_type="list", scheduled_to=tomorrow, timezone="America/New_York"
    )
    canceled = sdk.broadcasts.cancel(draft.id)
    copy = sdk.broadcasts.duplicate(draft.id)
    sending = sdk.broadcasts.send(draft.id, recipient_id="many.cast", recipient_type="list")
    sent = eventually(lambda: found if (found := sdk.broadcasts.retrieve(draft.id)).status == "sent" else None)

    assert len(written.elements) == len(content.elements) == 2
    assert (draft.status, scheduled.status, canceled.status) == ("draft", "scheduled", "draft")
    assert (sending.status in ("sending", "sent"), sent.schedule is not None) == (True, True)
    assert (copy.name, copy.status, sdk.broadcasts.list(limit=1).results[0].id) == ("March (copy)", "draft", copy.id)
    assert sdk.broadcasts.update(copy.id, name="April").name == "April"
    with pytest.raises(courier.ConflictError):
        sdk.broadcasts.send(draft.id, recipient_id="many.cast", recipient_type="list")
    assert sdk.broadcasts.archive(copy.id).archived_at
    with pytest.raises(courier.NotFoundError):
        sdk.broadcasts.retrieve(copy.id)
