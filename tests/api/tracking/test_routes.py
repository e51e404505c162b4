"""Which path is whose."""

import pytest

from posthorn.api.tracking.routes import NOTHING, STREAMED, route_of


@pytest.mark.parametrize("path", sorted(STREAMED))
def test_what_streams_in_is_posted(path: bytes) -> None:
    route = route_of(path.decode())

    assert route is not NOTHING
    assert "POST" in route.methods


@pytest.mark.parametrize("path", [b"/v1/pixel/track", b"/debug", b"/inbound/courier", b"/v1/projects/a/settings"])
def test_what_seldom_comes_or_must_be_looked_up_does_not_stream(path: bytes) -> None:
    assert route_of(path.decode()) is not NOTHING
    assert path not in STREAMED


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/Track", "/inbound/segment/a/b", "/v1/projects/a/b/settings"])
def test_a_path_nobody_knows_is_nothing(path: str) -> None:
    assert route_of(path) is NOTHING


def test_a_route_tells_what_it_allows() -> None:
    assert route_of("/inbound/segment").allow == b"PATCH, POST, PUT, OPTIONS"
