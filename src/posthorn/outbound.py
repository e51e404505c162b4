"""The only way out by HTTP, and the guard for all that connects: no private address unless the setting allows it."""

import socket
from collections.abc import Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import aiohttp
import anyio
import anyio.to_thread
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from yarl import URL

from posthorn.errors import NotSent, OutcomeUnknown, Permanent

BODY_LIMIT = 1_000_000
_CONNECT_TIMEOUT_S = 10.0
_CONNECTIONS = 256
_CONNECTIONS_PER_HOST = 32
_NAT64 = IPv6Network("64:ff9b::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")

Address = IPv4Address | IPv6Address


class HttpRequest(Struct, frozen=True, kw_only=True):
    """One request. timeout_ms: for all of it, from the look-up of the host to the end of the answer."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: bytes = b""
    timeout_ms: int = 30_000


class HttpResponse(Struct, frozen=True, kw_only=True):
    """One answer. headers: names in lower case, the last of several. is_cut: the body broke off or went past 1 MB."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""
    is_cut: bool = False


class Blocked(Permanent):
    """The address may not be called: private, or not one we understand. Nothing was sent."""


class Outbound:
    """An HTTP client, to be entered; keeps connections open between requests, follows no redirect, keeps no cookie."""

    def __init__(self, *, allow_private_network: bool = False) -> None:
        self._allow_private_network = allow_private_network
        self._session: aiohttp.ClientSession | None = None
        self._threads = anyio.CapacityLimiter(16)

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(self), limit=_CONNECTIONS, limit_per_host=_CONNECTIONS_PER_HOST, ttl_dns_cache=10
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Posthorn"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT_S),
            trace_configs=[_progress_trace()],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status.

        Raises NotSent if nothing left (no such host, refused, no connection in time), OutcomeUnknown if it may have,
        Blocked for an address that is not allowed, Permanent for a request that cannot be written.
        """
        if self._session is None:
            raise RuntimeError("Outbound is used before it was entered")
        url = checked_url(request.url)
        if not self._allow_private_network:
            _check_literal(url.raw_host or "")
        progress = _Progress()
        try:
            with anyio.fail_after(request.timeout_ms / 1000):
                return await _exchange(self._session, request, url, progress)
        except TimeoutError:
            raise _failure(progress, f"{url.host} did not answer in {request.timeout_ms} ms.") from None
        except aiohttp.InvalidURL as error:
            raise Blocked(f"Not an address that can be called: {error}.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(progress, f"{url.host}: {error or type(error).__name__}.") from error
        except ValueError as error:  # a header that cannot be sent, refused by the client before anything is written
            raise Permanent(f"The request cannot be written: {error}.") from error

    async def check_host(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the resolver's order. Connect to these: a second look-up may give others.

        Raises NotSent if it has none, Blocked if one of them is not allowed.
        """
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotSent(f"The host {host} cannot be found: {error}.") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private_network:
            for address in addresses:
                _check_address(host, address)
        return addresses

    async def open_socket(self, host: str, port: int, *, timeout_ms: int) -> socket.socket:
        """A connected, non-blocking TCP socket to a checked address of the host, for protocols that are not HTTP.

        Raises NotSent if there is no connection in time, Blocked if the address is not allowed.
        """
        with anyio.move_on_after(timeout_ms / 1000):
            reason: OSError | None = None
            for address in await self.check_host(host, port):
                connect = partial(socket.create_connection, (address, port), timeout_ms / 1000)
                try:
                    opened = await anyio.to_thread.run_sync(connect, limiter=self._threads)
                except OSError as error:
                    reason = error
                    continue
                opened.setblocking(False)
                return opened
            raise NotSent(f"{host}:{port} cannot be reached: {reason}.")
        raise NotSent(f"{host}:{port} did not connect in {timeout_ms} ms.")


def checked_url(text: str) -> URL:
    """The parsed address. Raises Blocked unless it is http or https, names a host, and carries no credentials."""
    try:
        url = URL(text)
        scheme, host, user = url.scheme, url.raw_host, url.raw_user or url.raw_password
    except ValueError as error:
        raise Blocked(f"Not an address: {error}.") from error
    if scheme not in ("http", "https"):
        raise Blocked("Only http and https addresses can be called.")
    if not host:
        raise Blocked("The address names no host.")
    if user:
        raise Blocked("An address may not carry a user name or password; use a header.")
    return url


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet; addresses that wrap an IPv4 address are judged by that too."""
    if isinstance(address, IPv6Address):
        inner = _inner_address(address)
        if inner is not None:
            return is_public(inner)
        if address in _SITE_LOCAL:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class _Progress(SimpleNamespace):
    has_connection: bool = False


class _GuardedResolver(AbstractResolver):
    """Gives the client checked addresses only; it connects to exactly these, so a second look-up cannot change them."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._outbound.check_host(host, port)
        ]

    async def close(self) -> None:
        return None


async def _exchange(session: aiohttp.ClientSession, request: HttpRequest, url: URL, progress: _Progress) -> HttpResponse:
    async with session.request(
        request.method,
        url,
        headers=request.headers,
        data=request.body or None,
        allow_redirects=False,
        trace_request_ctx=progress,
    ) as response:
        body, is_cut = await _read(response)
        return HttpResponse(status=response.status, headers=_headers(response.headers), body=body, is_cut=is_cut)


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    body = bytearray()
    try:
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > BODY_LIMIT:
                response.close()
                return bytes(body[:BODY_LIMIT]), True
    except (aiohttp.ClientError, OSError):  # the status is known, and it is what counts
        response.close()
        return bytes(body), True
    return bytes(body), False


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _progress_trace() -> aiohttp.TraceConfig:
    async def connected(session: aiohttp.ClientSession, context: SimpleNamespace, parameters: Any) -> None:
        context.trace_request_ctx.has_connection = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace


def _failure(progress: _Progress, message: str) -> NotSent | OutcomeUnknown:
    return OutcomeUnknown(message) if progress.has_connection else NotSent(message)


def _check_literal(host: str) -> None:
    # The client does not ask the resolver about hosts that look like numbers, so they are checked here.
    if ":" in host or host.replace(".", "").isdigit():
        _check_address(host, host)


def _check_address(host: str, text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise Blocked(f"{host} is not an address that can be called.") from error
    if not is_public(address):
        raise Blocked(f"{host} is a private address; POSTHORN_ALLOW_PRIVATE_NETWORK=1 allows it.")


def _inner_address(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
