"""Tables of the benchmarks: on the terminal, and in bench/README.md between two marks."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

README = Path(__file__).with_name("README.md")
WIDTH = 130
"""Columns of a table that no terminal shows."""


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table under the name of this machine."""
    table = Table(title=machine(), title_justify="left")
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def write_table(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Replace the README's text between ``<!-- name -->`` and ``<!-- end of name -->`` by a dated table."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    lines = [begin, f"Measured on {datetime.date.today().isoformat()}: {machine()}.", ""]
    lines += [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    before, rest = README.read_text(encoding="utf-8").split(begin)
    README.write_text(before + "\n".join([*lines, end]) + rest.split(end)[1], encoding="utf-8")


def machine() -> str:
    """Return the processor, the number of cores and the Python version."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, CPython {platform.python_version()}"
