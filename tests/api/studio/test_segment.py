"""Both directions of Segment."""

import pytest

from sinks import segment_sink
from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_the_way_back_is_shown_without_its_key(workspace: Workspace) -> None:
    async with segment_sink() as sink, signed_in(workspace) as client:
        source = {"write_key": "wk_secret_of_segment", "endpoint": sink.url, "enabled": True}
        await workspace.call("PUT", "/integrations/segment", {"source": source})
        page = await text_of(client, "/studio/segment")

    assert "wk_secret_of_segment" not in page
    assert "********ment" in page
    assert sink.url in page
    assert "Message Clicked" in page


async def test_segment_is_told_the_real_address_and_no_whole_key(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/segment")

    assert f"{workspace.parts.settings.public_url}/inbound/segment" in page
    assert "pk_prod_flow" not in page
    assert "wk_flow" not in page
