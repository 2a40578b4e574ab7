"""The operators of a shift: a few people who load, unload, set up and repair, one thing at a time."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from enum import IntEnum

from cellkit.study.shift.agenda import Agenda, Process, Signal


class Urgency(IntEnum):
    """What is done first when several things are to be done."""

    REPAIR = 1
    SETUP = 2
    UNLOAD = 3
    LOAD = 4


class Operators:
    """``number`` people. ``breaks``: begin, end (s) and how many stay; who is at work then finishes that first."""

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
        """Wait for somebody and have them work for ``seconds``. Nothing to do needs nobody."""
        if seconds <= 0.0:
            return
        yield from self.take(urgency)
        yield seconds
        self.leave()

    def take(self, urgency: Urgency) -> Process:
        """Wait for somebody, who is busy from then on."""
        self._count += 1
        mine = (urgency, self._count)
        heapq.heappush(self._waiting, mine)
        while self._busy >= self._present or self._waiting[0] != mine:
            yield self._changed
        heapq.heappop(self._waiting)
        self._account()
        self._busy += 1
        self._changed.give()

    def leave(self) -> None:
        """Somebody is done."""
        self._account()
        self._busy -= 1
        self._changed.give()

    def go_for_breaks(self) -> Process:
        """The process that sends them away and gets them back."""
        for begin, end, staying in self._breaks:
            yield begin - self._agenda.now
            self._present = staying
            yield end - begin
            self._present = self._number
            self._changed.give()

    def worked(self) -> float:
        """S of work of all of them together until now."""
        self._account()
        return self._worked

    def attended(self, length: float) -> float:
        """S that all of them together are there in a shift of ``length`` s."""
        away = sum((end - begin) * (self._number - staying) for begin, end, staying in self._breaks)
        return self._number * length - away

    def _account(self) -> None:
        self._worked += self._busy * (self._agenda.now - self._since)
        self._since = self._agenda.now
