"""Courier's own Python client talks to our API over a socket: profiles, tenants, lists."""

import socket
from collections.abc import AsyncIterator

import anyio
import courier
import pytest
import uvicorn
from courier import AsyncCourier

from api_stand_ins import API_KEY, AppliedCommands, api_context
from posthorn.api.app import create_api
from posthorn.clock import FrozenClock
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

USER = "ada/lovelace@example.com#1 %"


class SignalledServer(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = anyio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@pytest.fixture
async def url(sqlite: Database, clock: FrozenClock) -> AsyncIterator[str]:
    """Where the API listens."""
    app = create_api(api_context(sqlite, AppliedCommands(sqlite), clock))
    listener = socket.create_server(("127.0.0.1", 0))
    server = SignalledServer(uvicorn.Config(app, lifespan="off", log_config=None, http="httptools"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        await server.listens.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True


@pytest.fixture
async def sdk(url: str) -> AsyncIterator[AsyncCourier]:
    """The client, checking every answer against its own types."""
    async with AsyncCourier(base_url=url, api_key=API_KEY, max_retries=0, _strict_response_validation=True) as client:
        yield client


async def test_a_profile_is_written_read_patched_and_removed(sdk: AsyncCourier) -> None:
    created = await sdk.profiles.create(USER, profile={"email": "ada@example.com", "custom": {"a": 1}})
    await sdk.profiles.create(USER, profile={"custom": {"b": 2}})
    await sdk.profiles.update(USER, patch=[{"op": "add", "path": "/name", "value": "Ada"}])
    found = await sdk.profiles.retrieve(USER)
    replaced = await sdk.profiles.replace(USER, profile={"locale": "en"})
    after = await sdk.profiles.retrieve(USER)
    await sdk.profiles.delete(USER)

    assert (created.status, replaced.status) == ("SUCCESS", "SUCCESS")
    assert found.profile == {"email": "ada@example.com", "custom": {"a": 1, "b": 2}, "name": "Ada"}
    assert after.profile == {"locale": "en"}
    with pytest.raises(courier.NotFoundError, match="Profile not found"):
        await sdk.profiles.retrieve(USER)


async def test_a_repeated_create_is_done_once(sdk: AsyncCourier) -> None:
    headers = {"Idempotency-Key": "order-ORD-456-user-123", "x-idempotency-expiration": "1785312000"}

    await sdk.profiles.create("u1", profile={"name": "first"}, extra_headers=headers)
    await sdk.profiles.create("u1", profile={"name": "second"}, extra_headers=headers)

    assert (await sdk.profiles.retrieve("u1")).profile == {"name": "first"}


async def test_an_unknown_key_raises_the_clients_authentication_error(url: str) -> None:
    async with AsyncCourier(base_url=url, api_key="nobody", max_retries=0) as sdk:
        with pytest.raises(courier.AuthenticationError):
            await sdk.profiles.retrieve("u1")


async def test_a_user_joins_a_tenant(sdk: AsyncCourier) -> None:
    await sdk.tenants.update("acme", name="Acme", properties={"plan": "gold"})
    await sdk.users.tenants.add_single(tenant_id="acme", user_id=USER, profile={"title": "CEO"})
    tenants = await sdk.tenants.list(limit=5)
    members = await sdk.tenants.list_users("acme")
    joined = await sdk.users.tenants.list(USER)
    await sdk.users.tenants.remove_all(USER)

    assert [(tenant.id, tenant.properties) for tenant in tenants.items] == [("acme", {"plan": "gold"})]
    assert [member.user_id for member in members.items or []] == [USER]
    assert [(one.tenant_id, one.profile) for one in joined.items or []] == [("acme", {"title": "CEO"})]


async def test_a_list_subscription_is_added(sdk: AsyncCourier) -> None:
    await sdk.lists.subscriptions.subscribe_user("u1", list_id="vip-aud_1")
    await sdk.lists.subscriptions.unsubscribe_user("u1", list_id="vip-aud_1")


async def test_templates_of_a_tenant(sdk: AsyncCourier) -> None:
    await sdk.tenants.update("acme", name="Acme")
    templates, content = sdk.tenants.templates, {"version": "2022-01-01", "elements": [{"type": "text", "content": "Hi"}]}
    written = await templates.replace("nt_1", tenant_id="acme", template={"content": content})  # pyright: ignore[reportArgumentType]
    published = await templates.publish("nt_1", tenant_id="acme")
    listed = await templates.list("acme")
    one = await templates.retrieve("nt_1", tenant_id="acme")
    version = await templates.versions.retrieve("v1", tenant_id="acme", template_id="nt_1")
    await templates.delete("nt_1", tenant_id="acme")

    assert (written.version, published.version, one.version, version.version) == ("v1", "v1", "v1", "v1")
    assert [item.id for item in listed.items or []] == ["nt_1"]
    with pytest.raises(courier.NotFoundError):
        await templates.retrieve("nt_1", tenant_id="acme")
