from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct

from posthorn.cli import run


class Ended(Struct, frozen=True):
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


Posthorn = Callable[..., Ended]


@pytest.fixture
def posthorn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Posthorn:
    """Runs `posthorn` in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return call
