"""What is numbered."""

import re

from house_tree import files


def test_decisions_are_numbered_without_gaps():
    numbers = [int(re.match(r"docs/decisions/(\d{4})-", name)[1]) for name in files() if name.startswith("docs/decisions/")]

    assert numbers == list(range(1, len(numbers) + 1))


def test_every_migration_has_a_number_of_its_own():
    folder = "src/posthorn/storage/migrations/"
    names = [name.removeprefix(folder) for name in files() if name.startswith(folder)]
    migrations = {re.sub(r"\.(sqlite|postgres)\.sql$", ".sql", name) for name in names}
    numbers = [re.match(r"(\d{4})_[a-z0-9_]+\.sql$", name)[1] for name in migrations]

    assert sorted(numbers) == sorted(set(numbers))
