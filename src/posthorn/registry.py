"""Finds plug-ins: every module of a package that holds a given attribute."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

Declared = TypeVar("Declared")


def discover(package: str, attribute: str, kind: type[Declared], key: Callable[[Declared], str]) -> dict[str, Declared]:
    """What the modules directly in the package declare under that name, by key and in order of it.

    Modules without the attribute are passed over. Call it after the package is imported, not while it is.
    Raises TypeError for an attribute of another kind, ValueError for two of one key: both are mistakes in the code.
    """
    found: dict[str, Declared] = {}
    for module in pkgutil.iter_modules(import_module(package).__path__, package + "."):
        declared = getattr(import_module(module.name), attribute, None)
        if declared is None:
            continue
        if not isinstance(declared, kind):
            raise TypeError(f"{module.name}.{attribute} is {type(declared).__name__}, not {kind.__name__}")
        if key(declared) in found:
            raise ValueError(f"{module.name}.{attribute}: the key {key(declared)!r} is taken by another module")
        found[key(declared)] = declared
    return dict(sorted(found.items()))
