"""`posthorn settings`."""

from pathlib import Path

from cyclopts import App

from posthorn.cli.opening import settings_with
from posthorn.cli.terminal import say_table
from posthorn.settings import SETTINGS, masked

command = App(name="settings")


@command.default
def run(*, host: str | None = None, port: int | None = None, data: Path | None = None) -> None:
    """Show every setting, its value and where it came from; secrets are masked.

    Each is taken from the first that has it: an option, the environment variable, `posthorn.toml` in this folder, the default.

    Example: `POSTHORN_PORT=9000 posthorn settings`

    Parameters
    ----------
    host:
        As for `posthorn serve`.
    port:
        As for `posthorn serve`.
    data:
        As for `posthorn serve`.
    """
    settings = settings_with(host=host, port=port, data=data)
    rows = [(each.variable, masked(settings, each), settings.origins[each.name], each.meaning) for each in SETTINGS]
    say_table(("VARIABLE", "VALUE", "FROM", "MEANING"), rows)
