"""One call of one provider: whatever happens is a value."""

import socket
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web

from posthorn.outbound import Outbound
from posthorn.providers.catalogue import providers
from posthorn.providers.deliver import deliver
from posthorn.providers.model import Accepted, Deferred, InstalledProvider, Outgoing, Rejected, Result, Unknown
from posthorn.providers.smtp_pool import SmtpPool
from posthorn.providers.wires import Wires

pytestmark = pytest.mark.anyio


def set_up(key: str, **settings: Any) -> InstalledProvider:
    declared = providers()[key]
    return InstalledProvider(
        provider_id="pv_1",
        environment="production",
        key=key,
        channel=declared.channel,
        settings=declared.settings(**settings),
        title=declared.title,
        alias=None,
        has_address=declared.has_address,
    )


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("accept", Accepted),
        ("temporary", Deferred),
        ("permanent", Rejected),
        ("bounce", Rejected),
        ("unknown", Unknown),
    ],
)
async def test_what_the_provider_says_is_passed_on(
    wires: Wires, letter: Callable[..., Outgoing], outcome: str, kind: type[Result]
) -> None:
    result = await deliver(set_up("mock", outcome=outcome), letter(), wires)

    assert isinstance(result, kind)
    assert not isinstance(result, Rejected) or result.is_recipient_fault is (outcome == "bounce")


async def test_a_provider_that_takes_too_long_leaves_it_open(wires: Wires, letter: Callable[..., Outgoing]) -> None:
    result = await deliver(set_up("mock", outcome="slow", slow_ms=600_000), letter(), wires, timeout_ms=50)

    assert result == Unknown(reason="mock did not answer in 50 ms.")


async def test_a_webhook_is_called_and_its_answer_counts(wires: Wires, letter: Callable[..., Outgoing]) -> None:
    bodies: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(msgspec.json.decode(await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/in", take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"

    result = await deliver(set_up("webhook"), letter(to={"webhook": {"url": url}}), wires)

    assert result == Accepted(reference={"status": 202}, is_delivered=True)
    assert bodies == [{"message": {"template": "nt_1", "to": {}, "data": {"cart_id": "c-9"}}}]
    await runner.cleanup()


async def test_nobody_there_is_deferred(wires: Wires, letter: Callable[..., Outgoing]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    smtp = set_up("smtp", host="127.0.0.1", port=port, from_address="a@b.test", tls="none")
    hook = letter(to={"webhook": {"url": f"http://127.0.0.1:{port}/"}})

    assert isinstance(await deliver(smtp, letter(), wires), Deferred)
    assert isinstance(await deliver(set_up("webhook"), hook, wires), Deferred)


async def test_a_private_address_is_rejected(letter: Callable[..., Outgoing]) -> None:
    async with Outbound() as outbound:
        wires = Wires(outbound=outbound, smtp=SmtpPool(outbound))

        result = await deliver(set_up("webhook"), letter(to={"webhook": {"url": "http://127.0.0.1/"}}), wires)

    assert isinstance(result, Rejected)
    assert "POSTHORN_ALLOW_PRIVATE_NETWORK" in result.reason


async def test_a_mail_without_an_address_is_rejected(wires: Wires, letter: Callable[..., Outgoing]) -> None:
    result = await deliver(set_up("mailbox"), letter(to={}), wires)

    assert result == Rejected(reason="The recipient has no usable e-mail address.", code="not_sendable")


async def test_a_provider_nobody_knows_is_rejected(wires: Wires, letter: Callable[..., Outgoing]) -> None:
    gone = msgspec.structs.replace(set_up("mock"), key="pigeon")

    assert isinstance(await deliver(gone, letter(), wires), Rejected)
