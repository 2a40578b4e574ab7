"""The protocol of a process: it runs beside the program, in the world, and judges the result."""

from __future__ import annotations

from typing import Protocol

from cellkit.scenario.processes.judging import Tally


class Process(Protocol):
    """A process that runs beside the program, in the world, and judges the result."""

    tally: Tally
    FAULTS: tuple[str, ...]
    """The faults of the process (``process`` of a fault in the scenario file)."""

    def start(self) -> None:
        """Begin, right before the program."""

    def finish(self) -> None:
        """End, after the program: judge the remaining parts."""

    def begin_fault(self, kind: str) -> None:
        """Begin one of ``FAULTS``."""
