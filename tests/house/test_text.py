"""What no file may say."""

import re

from house_tree import PRODUCT, files, python_files, refuse, text

ARTEFACT = re.compile(r"https?://[^\s\"')]*\.(?:whl|tar\.gz|tgz)\b")
PLACE = re.compile(r"(?<![\w.])/(?:work|tmp/h|root|home|opt/(?:wheels|pypi)[\w-]*)/")
EXCUSE = re.compile(r"#\s*(?:noqa|pyright:\s*ignore|type:\s*ignore)(?P<rest>[^#\n]*)")
REASON = re.compile(r"[\w\])]\s+- \w+")
OPEN = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))")
SLEEP = re.compile(r"\bsleep\(\s*(?!0\s*\)|math\.inf)")
PICTURE = re.compile("[\U0001f300-\U0001faff\u2600-\u26ff\u2705\u274c]")

ITSELF = "tests/house/test_text.py"
REAL_TIME = {
    "tests/workspace.py": "asks again whether everything has come to rest; the clock it waits for is frozen",
    "tests/live_server.py": "asks again whether a process of its own has got somewhere",
    "tests/server/test_ingest_protocol.py": "asks again whether events have come and a server has begun to stop",
    "tests/engine/test_lane.py": "asks again whether the outbox is empty; a call that takes a moment",
    "tests/faults/": "processes of their own, killed at random moments and asked whether they are back",
}
HOSTILE = ("tests/", "docs/reference/")  # texts that people may send hold anything


def test_no_file_names_a_package_to_download():
    refuse(_lines_with(ARTEFACT, files()))


def test_no_file_names_a_place_on_somebodys_machine():
    refuse(_lines_with(PLACE, files()))


def test_no_requirement_names_a_registry():
    refuse(_lines_with(re.compile(r"https?://|index-url|find-links"), [name for name in files() if "requirements/" in name]))


def test_no_lock_file_names_a_registry():
    refuse(_lines_with(re.compile('"resolved"'), [name for name in files() if name.endswith("package-lock.json")]))


def test_every_rule_switched_off_has_its_reason_beside_it():
    found = [(name, line, hit) for name in python_files() for line, hit in _hits(EXCUSE, name) if _is_checked(name, hit)]

    refuse([f"{name}:{line} {hit}" for name, line, hit in found if not REASON.search(hit)])


def test_what_is_left_to_do_names_an_issue():
    refuse(_lines_with(OPEN, python_files()))


def test_no_test_sleeps():
    refuse([hit for hit in _lines_with(SLEEP, python_files("tests/")) if not hit.startswith(tuple(REAL_TIME))])


def test_nobody_but_the_settings_reads_the_environment():
    readers = [name for name in python_files(PRODUCT) if re.search(r"\bos\.environ|\bgetenv\(", text(name))]

    assert readers == ["src/posthorn/settings.py"]


def test_the_product_is_written_without_pictures():
    assert not _lines_with(
        PICTURE, [name for name in files() if not name.startswith(HOSTILE) and name.endswith((".py", ".md"))]
    )


def _is_checked(name: str, excuse: str) -> bool:
    """pyright does not look at tests: what is said to it there is for editors."""
    return not (name.startswith("tests/") and "pyright" in excuse)


def _lines_with(pattern: re.Pattern[str], names: list[str] | tuple[str, ...]) -> list[str]:
    return [f"{name}:{line} {hit}" for name in names if name != ITSELF for line, hit in _hits(pattern, name)]


def _hits(pattern: re.Pattern[str], name: str) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(text(name).splitlines(), 1):
        hit = pattern.search(line)
        if hit and name != ITSELF:
            found.append((number, hit.group()))
    return found
