"""Where commands hand over to the server."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from posthorn.settings import Settings


def start(settings: Settings, *, api: bool, worker: bool) -> None:
    """Runs the server until it is stopped. The server is loaded here and not with the commands, which stay quick that way."""
    run = cast("Callable[..., None]", import_module("posthorn.server.serve").run)
    run(settings, api=api, worker=worker)
