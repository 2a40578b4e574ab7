"""The command ``cellkit run --view``: the run with its page, repeated as often as the page asks for it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run


def run_viewed(run: Run, port: int, prepare: Callable[[Run], None]) -> RunRecord:
    """Run with a page on ``port``, again for every seed that the page asks for, until Ctrl+C.

    ``prepare`` makes every run ready. The record is that of the last run. Raises ``ConfigError``, and
    ``KeyboardInterrupt`` where Ctrl+C came before a run was over.
    """
    from cellkit.view.launch import PageOptions
    from cellkit.view.live import LiveView

    with LiveView(PageOptions(port)) as view:
        sys.stderr.write(f"cellkit: watch the run at {view.url} (this machine only)\n")
        while True:
            prepare(run)
            record = view.execute(run)
            try:
                if record is not None:
                    sys.stderr.write("cellkit: the run is over; the page stays until Ctrl+C\n")
                seed = view.again()
            except KeyboardInterrupt:
                seed = None
            if seed is None and record is not None:
                return record
            if seed is None:
                raise KeyboardInterrupt
            run = run.again(seed, run.quantity)
