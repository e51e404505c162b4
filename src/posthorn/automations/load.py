"""Reads the library from the database."""

from posthorn.automations import store
from posthorn.automations.library import Library
from posthorn.storage.database import Transaction


async def load_library(tx: Transaction, earlier: Library | None = None) -> Library:
    """The snapshot of what is stored; programs of an earlier one are taken over, for versions never change."""
    return Library(await store.all_versions(tx), earlier)
