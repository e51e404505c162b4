"""What is generated is what the code would give now: `make docs` writes it anew."""

from docs.generate import pages
from house_tree import ROOT, refuse


def test_every_generated_file_is_current():
    refuse([f"{name} is out of date: make docs" for name, text in pages().items() if text != _current(name)])


def test_no_heading_of_the_reference_appears_twice():
    for name, page in pages().items():
        headings = [line for line in page.splitlines() if name.startswith("docs/reference/") and line.startswith("##")]

        assert len(headings) == len(set(headings)), name


def _current(name: str) -> str:
    return (ROOT / name).read_text("utf-8") if (ROOT / name).exists() else ""
