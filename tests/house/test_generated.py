"""What is generated is what the code would give now: `make docs` writes it anew."""

import pytest

from docs.generate import pages
from house_tree import ROOT


@pytest.mark.parametrize(("name", "expected"), pages().items(), ids=list(pages()))
def test_a_generated_file_is_current(name: str, expected: str):
    current = (ROOT / name).read_text("utf-8") if (ROOT / name).exists() else ""

    assert current == expected, f"{name} is out of date: make docs"


def test_whoever_asks_for_a_heading_finds_it_once():
    for name, page in pages().items():
        headings = [line for line in page.splitlines() if name.startswith("docs/reference/") and line.startswith("##")]

        assert len(headings) == len(set(headings)), name
