"""Discrete events of a shift: a small agenda of processes.

It has a time of its own: an event loop of ``cellkit.timing`` runs inside it for every batch that the cell makes.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator

Process = Generator["float | Signal", None, None]
"""Yields the seconds that it lets pass, or a signal that it waits for."""


class Signal:
    """Wakes all who wait for it, in the order in which they came, whenever it is given."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._waiting: list[Process] = []

    def give(self) -> None:
        """Wake them; they go on at this moment, after whoever gives it."""
        woken, self._waiting = self._waiting, []
        for process in woken:
            self._agenda.at(self._agenda.now, process)

    def wait(self, process: Process) -> None:
        """Put a process to sleep until the signal is given."""
        self._waiting.append(process)


class Agenda:
    """What happens when. Of two things at one moment, the one that was entered first comes first."""

    def __init__(self) -> None:
        self.now = 0.0
        self._entries: list[tuple[float, int, Process]] = []
        self._number = 0

    def at(self, moment: float, process: Process) -> None:
        """Let a process go on at a moment (s)."""
        self._number += 1
        heapq.heappush(self._entries, (moment, self._number, process))

    def run(self, until: float, *processes: Process) -> None:
        """Start processes and let time pass up to ``until`` (s); what is not done then is dropped."""
        for process in processes:
            self.at(self.now, process)
        while self._entries and self._entries[0][0] <= until:
            self.now, _, process = heapq.heappop(self._entries)
            wish = next(process, None)
            if isinstance(wish, Signal):
                wish.wait(process)
            elif wish is not None:
                self.at(self.now + wish, process)
        self.now = until
