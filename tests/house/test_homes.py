"""Each outside library, and what the standard library does to the world, has one home."""

import ast

import pytest

from house_tree import PRODUCT, python_files, refuse, tree

HOMES = {
    "litestar": ("api/", "server/"),
    "uvicorn": ("server/",),
    "sqlite3": ("storage/", "cli/version.py"),  # the command prints the library's version
    "psycopg": ("storage/",),
    "psycopg_pool": ("storage/",),
    "nats": ("log/jetstream.py",),
    "aiohttp": ("outbound.py",),
    "aiosmtplib": ("providers/smtp.py", "providers/smtp_pool.py"),
    "secrets": ("ids.py",),
    "random": (),
    "cryptography": ("secrets.py",),
    "argon2": ("access/sessions.py",),
    "prometheus_client": ("telemetry.py",),
    "opentelemetry": ("telemetry.py",),
    "cyclopts": ("cli/",),
    "rich": ("cli/",),
    "time": ("clock.py", "cli/send_event.py", "cli/import_list.py", "cli/export_list.py"),  # the progress bar's pace
    "subprocess": (),
    "threading": ("storage/",),
    "pickle": (),
}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_only_at_home(library: str):
    refuse(
        [
            f"{name} imports {library}"
            for name in python_files(PRODUCT)
            if library in _imports(name) and not _is_home(name, library)
        ]
    )


def _is_home(name: str, library: str) -> bool:
    return name.removeprefix(PRODUCT).startswith(HOMES[library]) if HOMES[library] else False


def _imports(name: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
