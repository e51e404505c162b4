import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from cyclopts import App

import posthorn.cli
from posthorn import __version__
from posthorn.registry import discover

COMMANDS = discover("posthorn.cli", "command", App, lambda found: found.name[0])


def test_help_names_every_command(posthorn: Callable[..., Any]) -> None:
    ended = posthorn("--help")

    assert ended.code == 0
    for name in COMMANDS:
        assert name in ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_text_with_an_example(posthorn: Callable[..., Any], name: str) -> None:
    commands = [each for each in COMMANDS[name] if not each.startswith("-")]

    for path in [(name, each) for each in commands] or [(name,)]:
        ended = posthorn(*path, "--help")
        assert ended.code == 0
        assert f"Example: posthorn {name}" in ended.out or f"posthorn {name}" in ended.out.partition("Example: ")[2]


def test_every_command_is_a_file_of_its_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(posthorn.cli.__path__)}

    assert {name.replace("-", "_") for name in COMMANDS} <= modules


@pytest.mark.parametrize("arguments", [("nonsense",), ("keys", "create"), ("serve", "--port", "many"), ("backup",)])
def test_wrong_usage_ends_with_2(posthorn: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    assert posthorn(*arguments).code == 2


def test_a_refusal_is_one_line_on_stderr(posthorn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTHORN_PORT", "many")

    ended = posthorn("settings")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "posthorn: port (from environment POSTHORN_PORT) must be a whole number from 1 to 65535, not 'many'\n"


def test_version_is_told(posthorn: Callable[..., Any]) -> None:
    assert posthorn("version").out.startswith(f"posthorn {__version__}\n")
    assert posthorn("--version").out == f"{__version__}\n"
