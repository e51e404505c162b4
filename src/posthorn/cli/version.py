"""`posthorn version`."""

import platform
import sqlite3

from cyclopts import App

from posthorn import __version__
from posthorn.cli.terminal import say

command = App(name="version")


@command.default
def run() -> None:
    """Show the versions of Posthorn and of what it stands on, for a bug report.

    Example: `posthorn version`
    """
    say(f"posthorn {__version__}")
    say(f"python {platform.python_version()}, sqlite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()}")
