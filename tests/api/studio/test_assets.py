"""Style sheet, script, icon."""

import re

import pytest

from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_assets_may_be_kept_for_ever_by_their_version(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/")
        found = re.findall(r'(?:href|src)="(/studio/assets/[^"]+)"', page)
        answers = [await client.get(path) for path in found]

    assert len(found) == 3
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert {answer.headers["content-type"].partition(";")[0] for answer in answers} == {
        "text/css",
        "text/javascript",
        "image/svg+xml",
    }
