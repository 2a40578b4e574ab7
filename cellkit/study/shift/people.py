"""The operators of a shift: they load, unload, set up and repair, each one task at a time."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from enum import IntEnum

from cellkit.study.shift.agenda import Agenda, Process, Signal


class Urgency(IntEnum):
    """The order of waiting tasks; the lowest number comes first."""

    REPAIR = 1
    SETUP = 2
    UNLOAD = 3
    LOAD = 4


class Operators:
    """The ``number`` operators of a shift.

    ``breaks`` holds begin and end (s) and the number of operators who stay. A task that runs when a break begins is
    finished first.
    """

    def __init__(self, agenda: Agenda, number: int, breaks: Sequence[tuple[float, float, int]]) -> None:
        self._agenda, self._number, self._breaks = agenda, number, breaks
        self._present = number
        self._busy = 0
        self._since = 0.0
        self._worked = 0.0
        self._waiting: list[tuple[Urgency, int]] = []
        self._count = 0
        self._changed = Signal(agenda)

    def work(self, seconds: float, urgency: Urgency) -> Process:
        """Wait for an operator and occupy one for ``seconds``; 0 s need no operator."""
        if seconds <= 0.0:
            return
        yield from self.take(urgency)
        yield seconds
        self.leave()

    def take(self, urgency: Urgency) -> Process:
        """Wait for an operator and occupy one from then on."""
        self._count += 1
        task = (urgency, self._count)
        heapq.heappush(self._waiting, task)
        while self._busy >= self._present or self._waiting[0] != task:
            yield self._changed
        heapq.heappop(self._waiting)
        self._account()
        self._busy += 1
        self._changed.give()

    def leave(self) -> None:
        """Release one operator."""
        self._account()
        self._busy -= 1
        self._changed.give()

    def go_for_breaks(self) -> Process:
        """Run the breaks of the operators."""
        for begin, end, staying in self._breaks:
            yield begin - self._agenda.now
            self._present = staying
            yield end - begin
            self._present = self._number
            self._changed.give()

    def worked(self) -> float:
        """Return the s of work of all operators until now."""
        self._account()
        return self._worked

    def attended(self, length: float) -> float:
        """Return the s of attendance of all operators in a shift of ``length`` s."""
        away = sum((end - begin) * (self._number - staying) for begin, end, staying in self._breaks)
        return self._number * length - away

    def _account(self) -> None:
        self._worked += self._busy * (self._agenda.now - self._since)
        self._since = self._agenda.now
