"""Finds the handlers: every module below this package that holds a list named `handlers`."""

import pkgutil
from importlib import import_module

from litestar.types import ControllerRouterHandler

import posthorn.api

_APART = ("posthorn.api.tracking",)


def found_handlers() -> list[ControllerRouterHandler]:
    """All handlers, in the order of their modules' names. The ingest path is apart: bare ASGI, not found here."""
    names = sorted(module.name for module in pkgutil.walk_packages(posthorn.api.__path__, "posthorn.api."))
    modules = [import_module(name) for name in names if not name.startswith(_APART)]
    return [handler for module in modules for handler in getattr(module, "handlers", ())]
