import httpx
import pytest

from posthorn.jobs import store
from posthorn.jobs.model import Job
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


async def _add(sqlite: Database, environment: str = "production") -> None:
    job = Job(job_id="j-1", kind="send", environment=environment, total=7, done_count=3, created_at=0, updated_at=1_000)
    async with sqlite.transaction() as tx:
        await store.add(tx, job)


async def test_a_job_tells_how_far_it_is(client: httpx.AsyncClient, sqlite: Database) -> None:
    await _add(sqlite)

    assert (await client.get("/jobs/j-1")).json() == {
        "id": "j-1",
        "kind": "send",
        "status": "RUNNING",
        "total": 7,
        "done": 3,
        "failed": 0,
        "error": "",
        "createdAt": "1970-01-01T00:00:00.000Z",
        "updatedAt": "1970-01-01T00:00:01.000Z",
    }


async def test_it_is_canceled_once(client: httpx.AsyncClient, sqlite: Database) -> None:
    await _add(sqlite)

    first, second = await client.post("/jobs/j-1/cancel"), await client.post("/jobs/j-1/cancel")

    assert (first.status_code, first.json()["status"], second.status_code) == (200, "CANCELED", 409)


@pytest.mark.parametrize("environment", ["test", "nowhere"])
async def test_a_job_of_elsewhere_is_unknown(client: httpx.AsyncClient, sqlite: Database, environment: str) -> None:
    await _add(sqlite, environment)

    assert (await client.get("/jobs/j-1")).status_code == 404
    assert (await client.post("/jobs/j-1/cancel")).status_code == 404
