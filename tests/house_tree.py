"""What the guards of tests/house look at: the files of this repository, and the Python in them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = "src/posthorn/"


@cache
def files() -> tuple[str, ...]:
    """Every file that git tracks or would track, as a path from the root, in order."""
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return tuple(sorted(name for name in set(found.stdout.splitlines()) if (ROOT / name).is_file()))


def python_files(start: str = "") -> tuple[str, ...]:
    """The Python files whose path begins so."""
    return tuple(name for name in files() if name.endswith(".py") and name.startswith(start))


@cache
def text(name: str) -> str:
    """A file's text; what is no UTF-8 becomes replacement characters."""
    return (ROOT / name).read_text("utf-8", "replace")


@cache
def tree(name: str) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(text(name), name)


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, inner ones included."""
    return (node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def classes(name: str) -> Iterator[ast.ClassDef]:
    """Every class of a file."""
    return (node for node in ast.walk(tree(name)) if isinstance(node, ast.ClassDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Lines from the `def` or `class` to its last."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def refuse(offenders: list[str]) -> None:
    """Fails the test with every offender on a line of its own."""
    if offenders:
        pytest.fail("\n".join(offenders), pytrace=False)
