"""Which environment is shown."""

import pytest

from studio_visit import links, signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_the_other_environment_is_shown_and_remembered(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Signed Up")
        switched = await text_of(client, "/studio/?environment=test")
        remembered = await text_of(client, "/studio/")
        back = await text_of(client, "/studio/?environment=production")

    assert "track/Signed Up" not in switched
    assert "No Segment events received yet." in remembered
    assert "track/Signed Up" in back


async def test_what_belongs_to_the_other_environment_is_not_found(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace)
        paths = [path for path in await links(client) if "before=" not in path and "key=" not in path]
        answers = [await client.get(f"{path}?environment=test") for path in paths]

    assert paths
    assert {answer.status_code for answer in answers} == {404}
