"""The command line: one file per command, imported when called.

Exit codes: 0 good, 1 failed, 2 bad input, 130 Ctrl+C, 128 + N any other signal N that ends a process.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def main() -> None:
    """Run the command ``cellkit``."""
    import typer

    from cellkit.cli.app import app
    from cellkit.cli.error_line import report_error, report_unexpected
    from cellkit.end_signals import exit_code, interrupt_on_end_signals
    from cellkit.errors import CellkitError

    # Some versions of typer carry their own copy of click: its base error is found through a public class.
    usage_error: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
    try:
        interrupt_on_end_signals()
        code = app(standalone_mode=False, prog_name="cellkit")
    except typer.Exit as exit_request:
        code = exit_request.exit_code
    except usage_error as error:
        code = report_error(error.format_message())
    except CellkitError as error:
        code = report_error(str(error))
    except (KeyboardInterrupt, typer.Abort) as interrupt:
        code = exit_code(interrupt.__cause__ or interrupt)
    except BrokenPipeError:  # the reader of our output has ended, as in `cellkit models | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = report_error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except BaseException as error:  # the last handler: a mistake in cellkit, or a package that ends the process
        code = report_unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)
