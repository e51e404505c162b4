"""One real server for all SDK tests that need no other settings; each test uses user ids of its own."""

from collections.abc import Iterator

import pytest
from courier import Courier

from live_server import API_KEY, LiveServer, live_server
from recording_proxy import Wire, recording_proxy


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The server."""
    with live_server(tmp_path_factory.mktemp("compat")) as one:
        yield one


@pytest.fixture
def wire(server: LiveServer) -> Iterator[Wire]:
    """What goes over the wire between one test's SDK and the server."""
    with recording_proxy(server.url) as one:
        yield one


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Courier]:
    """Courier's own client, checking every answer against its own types; nothing is tried twice."""
    with Courier(base_url=server.url, api_key=API_KEY, max_retries=0, _strict_response_validation=True) as client:
        yield client
