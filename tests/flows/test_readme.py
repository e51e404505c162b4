"""The README's steps, followed literally against a real server and the stand-in for Segment that it names."""

import re
import subprocess
import sys
from pathlib import Path

import httpx

from live_server import API_KEY, WRITE_KEY, eventually, free_port, live_server

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def test_the_readme_leads_from_nothing_to_four_events_at_segment(tmp_path: Path):
    sink_port = free_port()
    with (tmp_path / "sink.txt").open("wb") as told, live_server(tmp_path) as server:
        (tmp_path / "data/keys.txt").write_text(f"POSTHORN_API_KEY={API_KEY}\nPOSTHORN_WRITE_KEY={WRITE_KEY}\n")
        sink = subprocess.Popen([sys.executable, ROOT / "docs/sink.py", str(sink_port)], stdout=told)
        try:
            _wait_for(sink_port)
            shell = _Shell(tmp_path, {"http://127.0.0.1:8700": server.url, "127.0.0.1:8702": f"127.0.0.1:{sink_port}"})
            *first, abbreviations, template, automation, segment, user, mailbox, open_and_click, look = _blocks()
            shell.run(*first)
            shell.run(abbreviations, template, automation, segment, user)
            eventually(lambda: server.call("GET", "/mailbox")["results"])
            answers = shell.run(abbreviations, mailbox, open_and_click, look)
            events = eventually(lambda: _all_four((tmp_path / "sink.txt").read_text()))
        finally:
            sink.kill()
            sink.wait()

    assert "Welcome, Ada" in answers
    assert events == ["Message Sent", "Message Delivered", "Message Opened", "Message Clicked"]


class _Shell:
    """bash in a folder, with the README's addresses replaced by those of this test."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self._folder = folder
        self._addresses = addresses

    def run(self, *blocks: str) -> str:
        """Runs the blocks as one script; what they printed. No call may be refused."""
        script = "set -eu\n" + "\n".join(blocks)
        for written, here in self._addresses.items():
            script = script.replace(written, here)
        done = subprocess.run(["bash", "-c", script], cwd=self._folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "_error" not in done.stdout, done.stdout
        return done.stdout


def _blocks() -> list[str]:
    found = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
    return [re.sub(r"^ {3}", "", block, flags=re.MULTILINE) for block in found]


def _all_four(told: str) -> list[str] | None:
    names = [line.partition("  ")[0] for line in told.splitlines()]
    return names if len(names) >= 4 else None


def _wait_for(port: int) -> None:
    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/").is_success
        except httpx.TransportError:
            return False

    eventually(answers)
