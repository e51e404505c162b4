"""One HTTP request as the handlers of this folder see it."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from msgspec import Struct

Networks = tuple[IPv4Network | IPv6Network, ...]


class Request(Struct, frozen=True):
    """headers: names in lower case; of a repeated header the last. path: decoded, without a trailing slash.

    peer: the address of the caller, "" if it is unknown.
    """

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    peer: str


def read_request(scope: Mapping[str, Any], proxies: Networks) -> Request:
    """The request of an ASGI `http` scope."""
    path: str = scope["path"]
    return Request(
        scope["method"],
        path[:-1] if path.endswith("/") else path,
        scope.get("query_string", b""),
        dict(scope["headers"]),
        peer_of(scope.get("client"), scope["headers"], proxies),
    )


def peer_of(client: tuple[str, int] | None, headers: list[tuple[bytes, bytes]], proxies: Networks) -> str:
    """The address of the caller: of the connection's other end, or what our proxies say stands behind them."""
    peer = client[0] if client else ""
    return _behind_proxies(peer, headers, proxies) if proxies else peer


def networks(addresses: tuple[str, ...]) -> Networks:
    """The networks of configured proxies, from addresses or CIDR ranges. Raises ValueError for anything else."""
    return tuple(ip_network(address, strict=False) for address in addresses)


def _behind_proxies(peer: str, headers: list[tuple[bytes, bytes]], proxies: Networks) -> str:
    """The nearest address that is not one of our proxies, reading X-Forwarded-For from its end."""
    forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1").split(",")
    for hop in reversed(forwarded):
        if not _is_in(peer, proxies):
            return peer
        address = hop.strip()
        if not _is_address(address):
            return peer
        peer = address
    return peer


def _is_in(address: str, proxies: Networks) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
