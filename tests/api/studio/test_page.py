"""What all pages have in common: headers, escaping, frames."""

import pytest

from studio_visit import EVIL, PAGES, WELCOME, links, signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", PAGES)
async def test_an_empty_page_is_whole_and_strict(workspace: Workspace, path: str) -> None:
    async with signed_in(workspace) as client:
        answer = await client.get(path)

    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert answer.text.rstrip().endswith("</html>")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_frame_may_run_nothing(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace)
        mail_id = (await workspace.mails())[0]["id"]
        policy = (await client.get(f"/studio/mailbox/{mail_id}/html")).headers["content-security-policy"]

    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


async def test_hostile_text_is_escaped_on_every_page(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.call("PUT", "/automations/welcome", {**WELCOME, "name": EVIL})
        await workspace.call("POST", "/automations/welcome/publish")
        user = f"u{EVIL}"
        await workspace.identify(user, email="ada@example.test", given_name=EVIL)
        await workspace.track(user, "Signed Up", name=EVIL, plan=EVIL)
        await workspace.track(user, EVIL)
        pages = [*PAGES, *await links(client)]
        texts = {path: await text_of(client, path) for path in pages}

    assert len(pages) > 10
    for path, text in texts.items():
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
