"""Which activity each instant of a run goes to: the one that what came next was waiting for.

The rule. Go back from the end, when the last part was finished. Simulated programs take no time to think, so what
begins at an instant was released by what ended at that instant: that work is critical, from its end back to its
beginning (of several the longest), and so on from there. Where no work ended, the time back to the latest end of any
work is a gap: it goes to the wait that went on then (the one that began last), and to ``dwell`` where there was none:
the program paused, or commands were on the wire. A machine's program counts as work that released something only
where the program waited for its end; then the whole of its run is critical, and what the arm did meanwhile is not: to
do that faster would only make the wait longer.

Each instant gets exactly one step, so the steps of a cycle, cut out of the run's, add up to it. Where several tasks
run side by side and one of them only sleeps, the gap rule may pick another task's work before the sleep; a single task
is always read right.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from cellkit.study.cycle.activity import WAITS, WORK, Activity

Line = Literal[
    "free", "carrying", "slow_down", "settling", "gripper", "vision", "machine", "handshake", "dwell", "other"
]
SAME = 1e-6
"""s within which two moments are the same."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of time and what it goes to; ``activity`` None: nothing was going on (``dwell``)."""

    start: float
    end: float
    activity: Activity | None

    def shares(self) -> list[tuple[Line, float]]:
        """Lines and seconds. A motion below full speed is part motion, part slow-down.

        At override s the same path takes 1/s of its time, so of a motion's seconds the share s is what it would have
        taken at full speed and the rest is lost. The ramps between two overrides are not told apart.
        """
        seconds, done = self.end - self.start, self.activity
        if done is None:
            return [("dwell", seconds)]
        if done.kind == "machine_wait":
            return [("machine", seconds)]
        assert done.kind != "cycle"
        if done.speed == 1.0:
            return [(done.kind, seconds)]
        return [(done.kind, seconds * done.speed), ("slow_down", seconds * (1.0 - done.speed))]


class CriticalPath:
    """The activities of one run, made ready for ``steps``."""

    def __init__(self, activities: Sequence[Activity]) -> None:
        self._waits = [one for one in activities if one.kind in WAITS]
        released = {(one.device, round(one.end / SAME)) for one in self._waits if one.kind == "machine_wait"}
        self._work = sorted(
            (one for one in activities if one.kind in WORK and one.duration > SAME and _counts(one, released)),
            key=lambda one: (one.end, one.start),
        )
        self._ends = [one.end for one in self._work]

    def steps(self, start: float, end: float) -> list[Step]:
        """What each instant between two moments goes to, in order of time."""
        found: list[Step] = []
        t = end
        while t > start + SAME:
            first, last = bisect_left(self._ends, t - SAME), bisect_right(self._ends, t + SAME)
            if last > first:
                done = min(self._work[first:last], key=lambda one: one.start)
                before = max(start, done.start)
                found.append(Step(before, t, done))
            else:
                before = max(start, self._ends[first - 1]) if first else start
                found.extend(reversed(self._gap(before, t)))
            t = before
        found.reverse()
        return found

    def _gap(self, start: float, end: float) -> list[Step]:
        """Cut where a wait begins or ends."""
        waits = [one for one in self._waits if one.start < end and one.end > start]
        inner = {t for one in waits for t in (one.start, one.end) if start < t < end}
        moments = [start, *sorted(inner), end]
        steps = []
        for begin, stop in pairwise(moments):
            here = [one for one in waits if one.start <= begin and one.end >= stop]
            wait = max(here, key=lambda one: (one.start, one.kind == "machine_wait"), default=None)
            steps.append(Step(begin, stop, wait))
        return steps


def cut(steps: Sequence[Step], moments: Sequence[float]) -> Iterator[list[Step]]:
    """The steps between each two moments, which are in order; those that reach over one are cut there."""
    ends = [step.end for step in steps]
    for start, end in pairwise(moments):
        first, last = bisect_right(ends, start), bisect_left(ends, end)
        yield [replace(one, start=max(one.start, start), end=min(one.end, end)) for one in steps[first : last + 1]]


def _counts(one: Activity, released: set[tuple[str, int]]) -> bool:
    if one.kind != "machine":
        return True
    tick = round(one.end / SAME)
    return any((one.device, near) in released for near in (tick - 1, tick, tick + 1))
