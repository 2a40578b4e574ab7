"""The discrete-event simulation of a shift: an agenda of processes.

The agenda has its own time. The event loop of ``cellkit.timing`` runs inside one of its processes for every batch.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator

Process = Generator["float | Signal", None, None]
"""A process yields a number of seconds to wait, or a signal to wait for."""


class Signal:
    """A signal that wakes all waiting processes, in the order of their arrival."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._waiting: list[Process] = []

    def give(self) -> None:
        """Wake all waiting processes; they continue at this time, after the caller."""
        woken, self._waiting = self._waiting, []
        for process in woken:
            self._agenda.at(self._agenda.now, process)

    def wait(self, process: Process) -> None:
        """Let a process wait until the signal is given."""
        self._waiting.append(process)


class Agenda:
    """The time-ordered queue of processes. Entries for the same time keep the order in which they were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self._entries: list[tuple[float, int, Process]] = []
        self._number = 0

    def at(self, moment: float, process: Process) -> None:
        """Continue a process at a time (s)."""
        self._number += 1
        heapq.heappush(self._entries, (moment, self._number, process))

    def run(self, until: float, *processes: Process) -> None:
        """Start processes and run up to ``until`` (s); unfinished processes are dropped then."""
        for process in processes:
            self.at(self.now, process)
        while self._entries and self._entries[0][0] <= until:
            self.now, _, process = heapq.heappop(self._entries)
            request = next(process, None)
            if isinstance(request, Signal):
                request.wait(process)
            elif request is not None:
                self.at(self.now + request, process)
        self.now = until
