"""The schema of a kind of event, over HTTP and on its page."""

from typing import Any

import pytest

from posthorn.engine.erasure import rewrite_page
from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio
PATH = "/integrations/segment/events/track%2FSigned%20Up/schema"


async def _fields(workspace: Workspace) -> dict[str, dict[str, Any]]:
    schema = await workspace.call("GET", PATH)
    return {field["path"]: field for field in schema["fields"]}


async def test_it_tells_paths_types_presence_and_examples(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up", plan="team", seats=3)
    await workspace.track("u-2", "Signed Up", plan="solo")
    fields = await _fields(workspace)

    plan, seats = fields["properties.plan"], fields["properties.seats"]
    assert (plan["types"], plan["presence"], plan["examples"]) == (["string"], 1.0, ['"solo"', '"team"'])
    assert (seats["types"], seats["presence"], seats["examples"]) == (["integer"], 0.5, ["3"])
    assert plan["first_seen"].endswith("Z")


async def test_what_is_secret_is_masked(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up", password="hunter2", card={"card_number": "4242"}, tokens=["abc"])
    text = str(await workspace.call("GET", PATH))

    assert "hunter2" not in text
    assert "4242" not in text
    assert "abc" not in text
    assert "********" in text


async def test_somebody_who_is_erased_is_no_example(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up", town="Winterthur")
    await workspace.track("u-2", "Signed Up", town="Chur")
    await workspace.call("POST", "/inbound/segment", {"type": "delete", "userId": "u-1", "messageId": "d-1"})
    await workspace.rest()
    while await rewrite_page(workspace.parts.database):
        pass

    assert (await _fields(workspace))["properties.town"]["examples"] == ['"Chur"']


async def test_a_kind_that_never_came_has_none(workspace: Workspace) -> None:
    await workspace.call("GET", PATH, status=404)


async def test_its_page_shows_it(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up", plan="<b>team</b>")
    async with signed_in(workspace) as browser:
        page = await text_of(browser, "/studio/events?key=track%2FSigned%20Up")

    assert "properties.plan" in page
    assert "100 %" in page
    assert "<b>team" not in page
