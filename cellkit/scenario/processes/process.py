"""The protocol of a process: what runs beside the program, in the world, and judges the result."""

from __future__ import annotations

from typing import Protocol

from cellkit.scenario.processes.judging import Tally


class Process(Protocol):
    """Runs beside the program, in the world, and judges what comes of it."""

    tally: Tally
    FAULTS: tuple[str, ...]
    """What can go wrong with it (``process`` of a fault in the scenario file)."""

    def start(self) -> None:
        """The program is about to begin."""

    def finish(self) -> None:
        """The program is over: judge what is left."""

    def begin_fault(self, kind: str) -> None:
        """One of ``FAULTS`` begins now."""
