"""Names that say nothing, and folders that say what they are."""

import ast
import re
from pathlib import PurePosixPath

from house_tree import PRODUCT, classes, files, python_files, refuse, tree

EMPTY = {"service", "manager", "util", "utils", "helper", "helpers", "common", "misc", "base", "mixin"}
LONGEST_DOCSTRING = 10


def test_no_file_has_a_name_that_says_nothing():
    refuse([name for name in files() if EMPTY & set(re.split(r"[^a-z]+", PurePosixPath(name).stem.lower()))])


def test_no_class_has_a_name_that_says_nothing():
    found = [(name, node.name) for name in python_files() for node in classes(name)]

    refuse([f"{name}: {one}" for name, one in found if EMPTY & {word.lower() for word in re.findall(r"[A-Z][a-z]*", one)}])


def test_every_folder_says_in_ten_lines_what_it_is():
    folders = sorted({str(PurePosixPath(name).parent) for name in python_files(PRODUCT)})
    said = {folder: ast.get_docstring(tree(f"{folder}/__init__.py")) or "" for folder in folders}

    refuse([folder for folder, docstring in said.items() if not docstring])
    refuse([folder for folder, docstring in said.items() if len(docstring.splitlines()) > LONGEST_DOCSTRING])


def test_a_folders_docstring_names_only_what_exists():
    missing = [
        f"{folder}: {named}"
        for folder in sorted({str(PurePosixPath(name).parent) for name in python_files(PRODUCT)})
        for named in re.findall(r"`(\w+)\.\w+`", ast.get_docstring(tree(f"{folder}/__init__.py")) or "")
        if f"{folder}/{named}.py" not in files()
        and f"{folder}/{named}/__init__.py" not in files()
        and f"{PRODUCT}{named}.py" not in files()
    ]

    refuse(missing)
