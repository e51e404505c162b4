"""Writes what follows from the code: docs/reference, the map in docs/architecture.md, and storage/schema.sql.

Run by `make docs`; tests/house checks that what is committed is what this would write.
"""

import ast
import inspect
import re
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App
from litestar import Router

from posthorn.api.discovery import found_handlers
from posthorn.api.system.tracking_routes import tracking_paths
from posthorn.automations.discover import STEPS
from posthorn.providers.catalogue import providers
from posthorn.registry import discover
from posthorn.settings import SETTINGS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/posthorn"
NOTE = "<!-- Written by docs/generate.py (make docs). Change the code it is read from. -->\n"


def pages() -> dict[str, str]:
    """The text of every generated file, by its path from the root."""
    return {
        "docs/reference/settings.md": settings_page(),
        "docs/reference/commands.md": commands_page(),
        "docs/reference/http.md": http_page(),
        "docs/reference/steps.md": steps_page(),
        "docs/reference/providers.md": providers_page(),
        "docs/architecture.md": architecture_page(),
        "src/posthorn/storage/schema.sql": schema(),
    }


def main() -> None:
    """Writes the files that differ and names them."""
    for name, text in pages().items():
        path = ROOT / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{name}\n")


def settings_page() -> str:
    """Every setting with its variable, option and default."""
    lines = [
        "# Settings",
        "",
        "A value is taken from the first that has one: command line option, environment variable, `posthorn.toml` in the",
        "working folder, default. `posthorn settings` shows each value with where it came from; secrets are covered.",
    ]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "none"
        secret = " Secret: never shown." if setting.is_secret else ""
        lines += ["", f"## {setting.variable}", "", f"{_sentence(setting.meaning)}{secret} Default: {default}."]
        lines += [f"In `posthorn.toml`: `{setting.name}`."]
    return _page(lines)


def commands_page() -> str:
    """Every command with its help."""
    lines = ["# Command line", "", "Exit 0: done. 1: refused, with one line on stderr. 2: wrong usage."]
    for name, app in _commands():
        lines += ["", f"## posthorn {name}", "", *_help_of(app)]
    return _page(lines)


def http_page() -> str:
    """Every route, the ingest paths first."""
    lines = ["# HTTP", "", "`/openapi.json` describes the bodies; `/docs` shows it. This is the list.", "", "## tracking"]
    for path, operations in tracking_paths().items():
        for method, operation in operations.items():
            lines += ["", f"### {method.upper()} {path}", "", _sentence(operation["summary"])]
    group = ""
    for module, path, method, docstring in sorted(_routes()):
        lines += ["", f"## {module}"] if module != group else []
        group = module
        lines += ["", f"### {method} {path}", "", *_prose(docstring)]
    return _page(lines)


def steps_page() -> str:
    """Every step of automations and every node of journeys, with its fields."""
    lines = ["# Steps of automations, nodes of journeys"]
    for kind, action in sorted(STEPS):
        step = STEPS[kind, action]
        lines += ["", f"## {action} ({kind})", "", *_prose(sys.modules[step.advance.__module__].__doc__)]
        lines += ["", *_prose(step.config.__doc__), *_fields(step.config)]
    return _page(lines)


def providers_page() -> str:
    """Every provider with its settings."""
    lines = ["# Providers", "", "`GET /providers/catalog` gives the same with the JSON Schema of each one's settings."]
    for key, provider in sorted(providers().items()):
        lines += ["", f"## {key}", "", _sentence(provider.description)]
        lines += [f"Channel: {provider.channel}. What makes a second attempt harmless: {provider.idempotency}."]
        lines += _fields(provider.settings)
    return _page(lines)


def architecture_page() -> str:
    """The page as it is written, with the floors and the map anew."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    for name, part in {"floors": floors(), "map": folder_map()}.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        text = before + start + part + end + rest.partition(end)[2]
    return text


def floors() -> str:
    """The floors as import-linter checks them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = next(one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "floors")
    return "\n```\n" + "\n".join(contract["layers"]) + "\n```\n\n"


def folder_map() -> str:
    """The folders of the product, each with the docstring of its `__init__.py`."""
    lines: list[str] = []
    for path in sorted(SOURCE.rglob("__init__.py")):
        folder = path.parent.relative_to(SOURCE.parent).as_posix()
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        lines += [f"### {folder}/", "", *docstring.splitlines(), ""]
    return "\n" + "\n".join(lines)


def schema() -> str:
    """The tables that all migrations make on SQLite, in order of their names."""
    database = sqlite3.connect(":memory:")
    folder = resources.files("posthorn.storage") / "migrations"
    for name in sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql")):
        if not name.endswith(".postgres.sql"):
            text = re.sub(r"/\*sqlite (.*?)\*/", r"\1", (folder / name).read_text("utf-8"))
            database.executescript(re.sub(r"/\*postgres .*?\*/", "", text))
    rows = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name").fetchall()
    head = "-- The tables after every migration, as SQLite has them: for reading. Written by docs/generate.py (make docs).\n\n"
    return head + "\n\n".join(f"{row[0].strip()};" for row in rows) + "\n"


def _commands() -> Iterator[tuple[str, App]]:
    for name, app in discover("posthorn.cli", "command", App, lambda found: found.name[0]).items():
        below = [one for one in app if not one.startswith("-")]
        yield from ((f"{name} {one}", app[one]) for one in below)
        if not below or app.default_command:
            yield name, app


def _help_of(app: App) -> list[str]:
    function = app.default_command
    text = inspect.cleandoc(function.__doc__ or "") if function else inspect.cleandoc(app.help)
    prose, _, parameters = text.partition("\nParameters\n")
    lines = prose.strip().splitlines()
    named = re.findall(r"^(\w+):\n((?:    .*\n?)+)", parameters, re.MULTILINE)
    positional = _positional(function)
    options = [f"- `{_option(name, positional)}`: {' '.join(said.split())}" for name, said in named]
    return [*lines, "", *options] if options else lines


def _positional(function: Callable[..., Any] | None) -> set[str]:
    if function is None:
        return set()
    return {name for name, one in inspect.signature(function).parameters.items() if one.kind is one.POSITIONAL_ONLY}


def _option(name: str, positional: set[str]) -> str:
    return name.upper() if name in positional else "--" + name.strip("_").replace("_", "-")


def _routes() -> Iterator[tuple[str, str, str, str]]:
    """Module, path, method and docstring of every handler, those inside routers too."""
    for route in Router("/", route_handlers=found_handlers()).routes:
        for handler in getattr(route, "route_handlers", ()):
            module = handler.fn.__module__.removeprefix("posthorn.api.").replace(".", "/")
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield module, route.path_format, method, handler.fn.__doc__ or ""


def _fields(kind: type[msgspec.Struct]) -> list[str]:
    fields = msgspec.structs.fields(kind)
    schemas = msgspec.json.schema_components([kind])[1]
    properties = schemas.get(kind.__name__, {}).get("properties", {})
    if not fields:
        return []
    lines = ["", "| field | type | default | meaning |", "|---|---|---|---|"]
    for field in fields:
        about = properties.get(field.encode_name, {})
        default = "required" if field.required else f"`{msgspec.json.encode(about.get('default')).decode()}`"
        meaning = ". ".join(str(about[one]).rstrip(".") for one in ("title", "description") if one in about)
        meaning += " (secret)" if about.get("writeOnly") else ""
        lines.append(f"| `{field.encode_name}` | {_type(about)} | {default} | {meaning} |")
    return lines


def _type(about: dict[str, Any]) -> str:
    if "enum" in about:
        return ", ".join(f"`{value}`" for value in about["enum"])
    if "anyOf" in about:
        return " or ".join(dict.fromkeys(_type(one) for one in about["anyOf"] if one.get("type") != "null"))
    if "$ref" in about:
        return about["$ref"].rpartition("/")[2]
    if about.get("type") == "array":
        return f"list of {_type(about.get('items') or {})}"
    return str(about.get("type", "any"))


def _prose(text: str | None) -> list[str]:
    return inspect.cleandoc(text or "").splitlines()


def _sentence(text: str) -> str:
    begins_with_a_word = text.partition(" ")[0].isalpha()
    return (text[:1].upper() + text[1:] if begins_with_a_word else text).rstrip(".") + "."


def _page(lines: Iterable[str]) -> str:
    return NOTE + "\n" + "\n".join(line.rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    main()
