"""Pages link to what exists, and the architecture names only files that are there."""

import re

from house_tree import PRODUCT, ROOT, files, refuse, text

LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
NAMED = re.compile(r"`([a-z_]+/[a-z_/]+\.(?:py|sql))`")


def test_every_link_leads_somewhere():
    pages = [name for name in files() if name.endswith(".md")]

    refuse(
        [
            f"{page}: {link}"
            for page in pages
            for link in LINK.findall(text(page))
            if not (ROOT / page).parent.joinpath(link).exists()
        ]
    )


def test_the_architecture_names_only_files_that_exist():
    page = text("docs/architecture.md").partition("## The map")[0]

    refuse([name for name in NAMED.findall(page) if PRODUCT + name not in files()])
