"""The way out: what may be called, what comes back, and what is known when nothing does."""

import gzip
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import anyio
import pytest
from aiohttp import web

from posthorn.errors import DeliveryFailure, NotSent, OutcomeUnknown, Permanent
from posthorn.outbound import BODY_LIMIT, Blocked, HttpRequest, Outbound, checked_url, is_public

pytestmark = pytest.mark.anyio


class Site:
    """A local HTTP server that keeps what it was asked."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.asked = anyio.Event()
        self.answer_slow_ones = anyio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read())
        self.asked.set()
        match request.path:
            case "/away":
                return web.Response(status=302, headers={"Location": "/other"})
            case "/giant":
                return web.Response(body=b"x" * (3 * BODY_LIMIT))
            case "/bomb":
                packed = gzip.compress(b"x" * (3 * BODY_LIMIT))
                return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case "/slow":
                await self.answer_slow_ones.wait()
            case "/hang-up":
                assert request.transport is not None
                request.transport.close()
            case "/half":
                return await self._half(request)
        return web.Response(status=201, text="made", headers={"X-Made": "yes", "Set-Cookie": "a=b"})

    async def _half(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    site.answer_slow_ones.set()
    await runner.cleanup()


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    async with Outbound(allow_private_network=True) as outbound:
        yield outbound


@pytest.fixture
async def guarded() -> AsyncIterator[Outbound]:
    async with Outbound() as outbound:
        yield outbound


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_request_goes_out_as_it_is_and_its_answer_comes_back(outbound: Outbound, site: Site) -> None:
    request = HttpRequest(method="PUT", url=site.url + "/a%2Fb?c=d", headers={"X-One": "1"}, body=b"\x00body")

    answer = await outbound.request(request)

    assert (answer.status, answer.body, answer.headers["x-made"], answer.is_cut) == (201, b"made", "yes", False)
    assert site.bodies == [b"\x00body"]
    assert site.headers[0]["X-One"] == "1"
    assert site.headers[0]["User-Agent"] == "Posthorn"


async def test_a_redirect_is_an_answer_and_is_not_followed(outbound: Outbound, site: Site) -> None:
    answer = await outbound.request(HttpRequest(method="POST", url=site.url + "/away"))

    assert (answer.status, site.paths) == (302, ["/away"])


@pytest.mark.parametrize("path", ["/giant", "/bomb"])
async def test_of_a_giant_answer_one_megabyte_is_kept(outbound: Outbound, site: Site, path: str) -> None:
    answer = await outbound.request(HttpRequest(method="GET", url=site.url + path))

    assert (answer.status, len(answer.body), answer.is_cut) == (200, BODY_LIMIT, True)


async def test_an_answer_that_breaks_off_after_its_status_counts(outbound: Outbound, site: Site) -> None:
    answer = await outbound.request(HttpRequest(method="POST", url=site.url + "/half"))

    assert (answer.status, answer.body, answer.is_cut) == (200, b"half", True)


async def test_cookies_are_not_carried_from_one_request_to_the_next(outbound: Outbound, site: Site) -> None:
    for _ in range(2):
        await outbound.request(HttpRequest(method="GET", url=site.url))

    assert "Cookie" not in site.headers[1]


async def test_a_time_out_after_the_request_left_says_that_nobody_knows(outbound: Outbound, site: Site) -> None:
    with pytest.raises(OutcomeUnknown, match="did not answer in 300 ms"):
        await outbound.request(HttpRequest(method="POST", url=site.url + "/slow", timeout_ms=300))

    assert site.asked.is_set()


async def test_a_connection_lost_after_the_request_left_says_that_nobody_knows(outbound: Outbound, site: Site) -> None:
    with pytest.raises(OutcomeUnknown):
        await outbound.request(HttpRequest(method="POST", url=site.url + "/hang-up"))


async def test_a_refused_connection_says_that_nothing_was_sent(outbound: Outbound) -> None:
    with pytest.raises(NotSent):
        await outbound.request(HttpRequest(method="POST", url=f"http://127.0.0.1:{free_port()}/"))


async def test_a_host_nobody_knows_says_that_nothing_was_sent(outbound: Outbound) -> None:
    with pytest.raises(NotSent, match="cannot be found"):
        await outbound.request(HttpRequest(method="POST", url="http://nowhere.invalid/"))


async def test_no_connection_in_time_says_that_nothing_was_sent(outbound: Outbound) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        with socket.socket() as first, socket.socket() as second:
            for other in (first, second):
                other.setblocking(False)
                other.connect_ex(address)
            with pytest.raises((NotSent, OutcomeUnknown)) as failure:
                await outbound.request(HttpRequest(method="POST", url=f"http://127.0.0.1:{address[1]}/", timeout_ms=300))

    assert failure.type is NotSent


async def test_plain_http_where_tls_is_spoken_says_that_nothing_was_sent(outbound: Outbound, site: Site) -> None:
    with pytest.raises(NotSent):
        await outbound.request(HttpRequest(method="POST", url=site.url.replace("http://", "https://")))

    assert site.paths == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[ff02::1]/",
        "http://\uff11\uff12\uff17.0.0.1/",
    ],
)
async def test_a_private_address_is_not_called(guarded: Outbound, url: str) -> None:
    with pytest.raises(DeliveryFailure) as refusal:
        await guarded.request(HttpRequest(method="GET", url=url))

    assert isinstance(refusal.value, (Blocked, NotSent))


async def test_a_name_that_leads_to_a_private_address_is_blocked(guarded: Outbound, site: Site) -> None:
    url = site.url.replace("127.0.0.1", "localhost")

    with pytest.raises(Blocked, match="POSTHORN_ALLOW_PRIVATE_NETWORK"):
        await guarded.request(HttpRequest(method="GET", url=url))
    assert site.paths == []


def look_ups(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[list[str]]:
    """Answers the next look-ups of host names with these addresses; the list that is returned holds those left."""
    left = list(answers)

    async def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    return left


async def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_called(
    outbound: Outbound, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = look_ups(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])

    answer = await outbound.request(HttpRequest(method="GET", url=site.url.replace("127.0.0.1", "rebind.test")))

    assert answer.status == 201
    assert left == [["127.0.0.2"]]


async def test_one_private_address_among_public_ones_blocks_the_name(
    guarded: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_ups(monkeypatch, ["8.8.8.8", "10.0.0.1"])

    with pytest.raises(Blocked):
        await guarded.request(HttpRequest(method="GET", url="http://mixed.test/"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:///path",
        "http://user@example.com/",
        "http://:pw@example.com/",
        "http://[::1",
        "http://example.com:99999/",
        "//example.com/",
    ],
)
def test_only_plain_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(Blocked):
        checked_url(url)


async def test_a_header_cannot_carry_another(outbound: Outbound, site: Site) -> None:
    with pytest.raises(Permanent, match="cannot be written"):
        await outbound.request(HttpRequest(method="GET", url=site.url, headers={"X-A": "1\r\nX-B: 2"}))

    assert site.paths == []


async def test_the_addresses_of_a_mail_host_are_checked_too(guarded: Outbound, outbound: Outbound) -> None:
    with pytest.raises(Blocked):
        await guarded.check_host("127.0.0.1", 25)

    assert await outbound.check_host("127.0.0.1", 25) == ["127.0.0.1"]


async def test_a_socket_opens_to_a_checked_address(guarded: Outbound, outbound: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Blocked):
            await guarded.open_socket("127.0.0.1", port, timeout_ms=1_000)
        with await outbound.open_socket("127.0.0.1", port, timeout_ms=1_000) as opened:
            assert opened.getpeername() == ("127.0.0.1", port)
    with pytest.raises(NotSent):
        await outbound.open_socket("127.0.0.1", port, timeout_ms=1_000)


@pytest.mark.parametrize(
    ("address", "verdict"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True), ("192.0.2.1", False), ("fec0::1", False)],
)
def test_public_addresses_are_told_from_others(address: str, verdict: bool) -> None:
    assert is_public(ip_address(address)) is verdict
