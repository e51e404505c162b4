"""Whose fault it is when a statement fails: the values', or that of the database and the way to it."""

import sqlite3

import psycopg

from posthorn.errors import Unavailable

_NOT_THE_VALUES = (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError, Unavailable, OSError)


def is_about_data(error: Exception) -> bool:
    """Whether trying again with the same values would fail again, and with others would not.

    A value too long for an index counts, although PostgreSQL calls that an operational error.
    """
    return isinstance(error, psycopg.errors.ProgramLimitExceeded) or not isinstance(error, _NOT_THE_VALUES)
