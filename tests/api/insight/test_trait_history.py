"""How a profile came to be."""

import pytest

from posthorn.engine.erasure import rewrite_page
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_changes_come_newest_first_with_what_had_set_each_trait(workspace: Workspace) -> None:
    for plan in ("free", "team", "firm"):
        await workspace.identify("u-1", plan=plan)
        workspace.clock.advance(1_000)
    await workspace.track("u-1", "Signed Up")
    first = await workspace.call("GET", "/profiles/u-1/history?limit=2")
    second = await workspace.call("GET", f"/profiles/u-1/history?limit=2&cursor={first['paging']['cursor']}")

    edits = [*first["results"], *second["results"]]
    assert [one["changes"][0]["after"] for one in edits] == ["firm", "team", "free"]
    assert [one["changes"][0]["set_by"] for one in edits] == [edits[1]["event_id"], edits[2]["event_id"], None]
    assert not second["paging"]["more"]


async def test_the_api_changes_a_profile_as_visibly(workspace: Workspace) -> None:
    await workspace.identify("u-1", plan="free", town="Chur")
    await workspace.call("PUT", "/profiles/u-1", {"profile": {"plan": "free"}})
    latest = (await workspace.call("GET", "/profiles/u-1/history"))["results"][0]

    assert latest["changes"][0]["trait"] == "town"
    assert "after" not in latest["changes"][0]


async def test_somebody_who_is_erased_has_no_history_and_leaves_no_value_behind(workspace: Workspace) -> None:
    await workspace.identify("u-1", town="Winterthur")
    await workspace.call("POST", "/inbound/segment", {"type": "delete", "userId": "u-1", "messageId": "d-1"})
    await workspace.rest()
    while await rewrite_page(workspace.parts.database):
        pass

    assert (await workspace.call("GET", "/profiles/u-1/history"))["results"] == []
    assert "Winterthur" not in str(await workspace.call("GET", "/log"))
