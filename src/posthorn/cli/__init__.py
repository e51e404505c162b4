"""The command line. Each module with a `command` is one command of `posthorn`; a Refusal becomes one line and exit code 1."""

import sys
from collections.abc import Sequence

from cyclopts import App
from cyclopts.exceptions import CycloptsError

from posthorn import __version__
from posthorn.cli.terminal import complain
from posthorn.errors import PosthornError
from posthorn.registry import discover

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and ends the process: 0 done, 1 refused with one line on stderr, 2 wrong usage."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code."""
    try:
        code = _app()(list(arguments) or ["--help"], exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return WRONG_USAGE
    except PosthornError as refusal:
        complain(refusal.message)
        return REFUSED
    except BrokenPipeError:
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else DONE


def _app() -> App:
    app = App(
        name="posthorn",
        help="Self-hosted notification server: Segment events in, messages out, what happened back to Segment.",
        version=__version__,
        suppress_keyboard_interrupt=False,
    )
    for command in discover("posthorn.cli", "command", App, lambda found: found.name[0]).values():
        app.command(command)
    return app
