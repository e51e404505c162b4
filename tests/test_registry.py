"""Plug-ins are found by what their modules declare."""

import sys
from pathlib import Path

import pytest

from posthorn.registry import discover


def _package(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, **modules: str) -> str:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    for known in [known for known in sys.modules if known.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, known)
    return name


def test_modules_that_declare_something_are_found_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _package(tmp_path, "plugs_a", monkeypatch, zeta="plug = 'b'", alpha="plug = 'c'", other="nothing = 1")

    assert list(discover(package, "plug", str, str.upper).items()) == [("B", "b"), ("C", "c")]


def test_two_of_one_key_are_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _package(tmp_path, "plugs_b", monkeypatch, one="plug = 'a'", two="plug = 'A'")

    with pytest.raises(ValueError, match=r"plugs_b.two.plug: the key 'a' is taken"):
        discover(package, "plug", str, str.lower)


def test_something_of_another_kind_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _package(tmp_path, "plugs_c", monkeypatch, one="plug = 1")

    with pytest.raises(TypeError, match=r"plugs_c.one.plug is int, not str"):
        discover(package, "plug", str, str.lower)
