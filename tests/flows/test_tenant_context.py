"""In whose name a message goes out: the tenant that is named, else the only one the user belongs to (courier.md 6.4)."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

CONTENT = {"title": "t", "body": "{{tenant.name_of_plan}} {{tenant.region}} {{profile.locale}} {{profile.role}}"}


@pytest.fixture
async def offices(workspace: Workspace) -> Workspace:
    above = {"name": "Acme", "properties": {"name_of_plan": "gold", "region": "all"}, "user_profile": {"locale": "de"}}
    below = {"name": "Acme EU", "parent_tenant_id": "acme", "properties": {"region": "eu"}}
    await workspace.call("PUT", "/tenants/acme", above)
    await workspace.call("PUT", "/tenants/acme-eu", below)
    await workspace.identify("u-1", email="ada@example.test")
    return workspace


async def _text(workspace: Workspace, to: dict[str, Any], **more: Any) -> str:
    body = {"message": {"to": {"user_id": "u-1", **to}, "content": CONTENT, **more}}
    sent = await workspace.call("POST", "/send", body)
    await workspace.rest()
    output = await workspace.call("GET", f"/messages/{sent['requestId']}/output")
    return output["results"][0]["content"]["text"].strip()


async def test_the_only_tenant_of_a_user_is_his_context(offices: Workspace) -> None:
    await offices.call("PUT", "/users/u-1/tenants/acme-eu", {"profile": {"role": "owner"}})

    assert await _text(offices, {}) == "gold eu de owner"


async def test_with_two_there_is_none_unless_one_is_named(offices: Workspace) -> None:
    await offices.call("PUT", "/users/u-1/tenants", {"tenants": [{"tenant_id": "acme"}, {"tenant_id": "acme-eu"}]})

    assert await _text(offices, {}) == ""
    assert await _text(offices, {"tenant_id": "acme"}) == "gold all de"


async def test_a_tenant_he_does_not_belong_to_can_be_named(offices: Workspace) -> None:
    assert await _text(offices, {}, context={"tenant_id": "acme-eu"}) == "gold eu de"


async def test_so_it_is_after_a_delay(offices: Workspace) -> None:
    body = {"to": {"user_id": "u-1", "tenant_id": "acme-eu"}, "content": CONTENT, "delay": {"duration": 60_000}}
    await offices.call("POST", "/send", {"message": body})
    await offices.rest()
    await offices.advance(minutes=1)

    assert (await offices.mails())[0]["text"].strip() == "gold eu de"


async def _colour(workspace: Workspace, to: dict[str, Any], **more: Any) -> str:
    content = {"title": "t", "body": "b"}
    body = {"message": {"to": {"user_id": "u-1", **to}, "content": content, **more}}
    sent = await workspace.call("POST", "/send", body)
    await workspace.rest()
    html = (await workspace.call("GET", f"/messages/{sent['requestId']}/output"))["results"][0]["content"]["html"]
    return next((one for one in ("#aa0000", "#00aa00", "#0000aa") if one in html), "")


async def test_a_mail_has_the_brand_of_the_message_the_tenant_or_the_default_one(offices: Workspace) -> None:
    without = await _colour(offices, {})
    for brand_id, colour in (("default", "#aa0000"), ("acme", "#00aa00"), ("own", "#0000aa")):
        settings = {"email": {"header": {"barColor": colour}}}
        await offices.call("POST", "/brands", {"id": brand_id, "name": brand_id, "settings": settings})
    await offices.call("PUT", "/tenants/acme", {"name": "Acme", "brand_id": "acme"})

    found = [
        await _colour(offices, {}),
        await _colour(offices, {"tenant_id": "acme-eu"}),
        await _colour(offices, {}, brand_id="own"),
    ]

    assert (without, found) == ("", ["#aa0000", "#00aa00", "#0000aa"])


async def test_an_unknown_tenant_has_nothing_to_say(offices: Workspace) -> None:
    assert await _text(offices, {"tenant_id": "nowhere"}) == ""


async def test_an_automation_may_name_a_tenant(offices: Workspace) -> None:
    message = {"to": {"user_id": "u-1"}, "context": {"tenant_id": "acme-eu"}, "content": CONTENT}
    trigger = {"type": "segment", "request_type": "track", "event": "Ordered"}
    automation = {"name": "n", "trigger": trigger, "steps": [{"action": "send", "message": message}]}
    await offices.call("PUT", "/automations/order", automation)
    await offices.call("POST", "/automations/order/publish")

    await offices.track("u-1", "Ordered")

    assert (await offices.mails())[0]["text"].strip() == "gold eu de"
