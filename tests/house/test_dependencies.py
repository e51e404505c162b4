"""Every dependency is pinned, used, and has its reason."""

import ast
import re
import sys
import tomllib

from house_tree import PRODUCT, python_files, refuse, text, tree

IMPORTED_AS = {
    "argon2-cffi": "argon2",
    "markdown-it-py": "markdown_it",
    "opentelemetry-api": "opentelemetry",
    "prometheus-client": "prometheus_client",
    "psycopg-pool": "psycopg_pool",
    "pyjwt": "jwt",
}
NOT_IMPORTED = {
    "httptools": "uvicorn loads it, as server/serve.py asks by name",
    "uvloop": "anyio loads it, as server/serve.py asks by name",
}
BROUGHT_BY = {"jsonpointer": "jsonpatch", "yarl": "aiohttp"}  # part of the named package's own interface
REASONS = "docs/decisions/0006-dependencies.md"


def test_the_project_asks_for_what_is_pinned_and_for_nothing_else():
    assert sorted(_asked()) == sorted(_names("requirements/run.in"))


def test_what_runs_and_what_tests_pin_the_same_versions():
    tested = _pins("requirements/dev.txt")
    differing = [
        f"{name} {version}"
        for name, version in (_pins("requirements/run.txt") | _pins("requirements/build.txt")).items()
        if tested.get(name) != version
    ]

    refuse(differing)


def test_every_dependency_is_imported():
    imported = {_top(node) for name in python_files(PRODUCT) for node in ast.walk(tree(name))}

    refuse([name for name in _asked() if name not in NOT_IMPORTED and IMPORTED_AS.get(name, name) not in imported])


def test_every_import_is_a_dependency():
    known = {IMPORTED_AS.get(name, name) for name in _asked()} | sys.stdlib_module_names | {"posthorn", ""}
    found = [(name, _top(node)) for name in python_files(PRODUCT) for node in ast.walk(tree(name))]

    refuse([f"{name} imports {top}" for name, top in found if top not in known and BROUGHT_BY.get(top) not in _asked()])


def test_every_dependency_has_its_reason():
    refuse([name for name in _asked() if f"| {name} |" not in text(REASONS).lower()])


def _asked() -> list[str]:
    return [_name(one) for one in tomllib.loads(text("pyproject.toml"))["project"]["dependencies"]]


def _names(file: str) -> list[str]:
    return [_name(line) for line in text(file).splitlines() if line.strip()]


def _name(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0].lower()


def _pins(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text(file), re.MULTILINE))


def _top(node: ast.AST) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name.partition(".")[0]
    return (node.module or "").partition(".")[0] if isinstance(node, ast.ImportFrom) else ""
