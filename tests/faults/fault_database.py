"""A look into the database of a server, past the server."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

_END_CLAIMS = "UPDATE outbox SET due_at = 0 WHERE is_open"


class FaultDatabase:
    """One SQLite file, or a PostgreSQL database if there is a URL."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.url = url

    def end_claims(self) -> None:
        """Lets the visibility timeout of every claim end, which takes two minutes when nobody hurries it."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                connection.execute(_END_CLAIMS)
        elif self.path.exists():
            with closing(sqlite3.connect(self.path)) as connection, connection:
                connection.execute(_END_CLAIMS)

    def numbers(self, sql: str) -> tuple[int, ...]:
        """The first row of a query as it is now."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                return connection.execute(sql).fetchone() or ()  # pyright: ignore[reportArgumentType] - our own text
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(sql).fetchone()
