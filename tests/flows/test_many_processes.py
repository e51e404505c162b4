"""Two servers that take events in and two workers, all on one PostgreSQL: everybody gets his mail, once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from live_server import WRITE_KEY, LiveServer, eventually, live_process, live_server

USERS = [f"user-{number:03d}" for number in range(60)]


@pytest.fixture
def servers(tmp_path: Path, postgres_url: str) -> Iterator[list[LiveServer]]:
    """The two that take events in."""
    with ExitStack() as running:
        with live_process(tmp_path, "migrate", POSTHORN_DATABASE_URL=postgres_url) as (migration, _):
            assert migration.wait(timeout=60) == 0
        found = [running.enter_context(live_server(tmp_path, "api", POSTHORN_DATABASE_URL=postgres_url)) for _ in range(2)]
        for _ in range(2):
            running.enter_context(live_process(tmp_path, "worker", POSTHORN_DATABASE_URL=postgres_url))
        yield found


def test_every_event_is_decided_once_whoever_takes_it_and_whoever_decides(servers: list[LiveServer], postgres_url: str) -> None:
    step = {"action": "send", "message": {"to": {"user_id": "refs.data.userId"}, "content": {"title": "Hi", "body": "there"}}}
    trigger = {"type": "segment", "request_type": "track", "event": "Signed Up"}
    servers[0].call("PUT", "/automations/welcome", {"name": "Welcome", "trigger": trigger, "steps": [step]})
    servers[1].call("POST", "/automations/welcome/publish")

    for number, user_id in enumerate(USERS):
        _tell(servers[number % 2], "identify", userId=user_id, traits={"email": f"{user_id}@example.test"})
        for server in servers:  # a retry reaches the other one
            _tell(server, "track", userId=user_id, event="Signed Up", messageId=f"signed-up-{user_id}")

    eventually(lambda: _mails(servers[1]).total() >= len(USERS), within_s=60)
    eventually(lambda: _is_done(postgres_url), within_s=30)
    assert _mails(servers[0]) == Counter({f"{user_id}@example.test": 1 for user_id in USERS})


def _tell(server: LiveServer, kind: str, **event: object) -> None:
    answer = server.client.post(f"/v1/{kind}", json=event, auth=httpx.BasicAuth(WRITE_KEY, ""))
    assert answer.json() == {"success": True}


def _mails(server: LiveServer) -> Counter[str]:
    return Counter(mail["to"] for mail in server.call("GET", "/mailbox?limit=100")["results"])


def _is_done(postgres_url: str) -> bool:
    with psycopg.connect(postgres_url) as connection:
        behind = connection.execute("SELECT 1 FROM cursors c JOIN log_heads h USING (partition) WHERE c.block_offset < h.head")
        waiting = connection.execute("SELECT 1 FROM outbox")
        return behind.fetchone() is None and waiting.fetchone() is None
