"""The critical path of a run: for each instant the activity that the next activity waited for.

The rule. Start at the end, when the last part was finished, and go back. Simulated programs take no time to think, so
an activity that begins at an instant was released by the one that ended at that instant. That work is critical from its
end back to its beginning (of several the longest), and so on from there. If no work ended, the time back to the latest
end of any work is a gap. A gap belongs to the wait during it (the one that began last), or to ``dwell`` if there was no
wait: the program paused, or commands were on the wire. A machine's program counts as work that released something only
if the program waited for its end. Then its whole run is critical, and the arm's work meanwhile is not: faster work
would only make the wait longer.

Each instant belongs to exactly one step, so the steps of a cycle, cut out of the run's steps, add up to it. If several
tasks run side by side and one of them only sleeps, the gap rule may choose another task's work before the sleep; for a
single task the result is always right.
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
"""Difference (s) below which two moments are the same."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of time and its activity; None: no activity (``dwell``)."""

    start: float
    end: float
    activity: Activity | None

    def shares(self) -> list[tuple[Line, float]]:
        """Return lines and seconds. A motion below full speed is divided into motion and slow-down.

        At override s the same path takes 1/s of its time at full speed. So the share s of a motion's seconds is its
        time at full speed, and the rest is slow-down. Ramps between two overrides are not separated.
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
    """The critical path through the activities of one run."""

    def __init__(self, activities: Sequence[Activity]) -> None:
        self._waits = [activity for activity in activities if activity.kind in WAITS]
        released = {(wait.device, round(wait.end / SAME)) for wait in self._waits if wait.kind == "machine_wait"}
        self._work = sorted(
            (work for work in activities if work.kind in WORK and work.duration > SAME and _counts(work, released)),
            key=lambda work: (work.end, work.start),
        )
        self._ends = [work.end for work in self._work]

    def steps(self, start: float, end: float) -> list[Step]:
        """Return the step of each instant between two moments, in order of time."""
        steps: list[Step] = []
        t = end
        while t > start + SAME:
            first, last = bisect_left(self._ends, t - SAME), bisect_right(self._ends, t + SAME)
            if last > first:
                done = min(self._work[first:last], key=lambda work: work.start)
                before = max(start, done.start)
                steps.append(Step(before, t, done))
            else:
                before = max(start, self._ends[first - 1]) if first else start
                steps.extend(reversed(self._gap(before, t)))
            t = before
        steps.reverse()
        return steps

    def _gap(self, start: float, end: float) -> list[Step]:
        """Divide a gap where a wait begins or ends."""
        waits = [wait for wait in self._waits if wait.start < end and wait.end > start]
        inner = {t for wait in waits for t in (wait.start, wait.end) if start < t < end}
        moments = [start, *sorted(inner), end]
        steps = []
        for begin, stop in pairwise(moments):
            current = [wait for wait in waits if wait.start <= begin and wait.end >= stop]
            wait = max(current, key=lambda one: (one.start, one.kind == "machine_wait"), default=None)
            steps.append(Step(begin, stop, wait))
        return steps


def cut(steps: Sequence[Step], moments: Sequence[float]) -> Iterator[list[Step]]:
    """Yield the steps between each two moments, which are in order; steps that cross a moment are divided there."""
    ends = [step.end for step in steps]
    for start, end in pairwise(moments):
        first, last = bisect_right(ends, start), bisect_left(ends, end)
        inside = steps[first : last + 1]
        yield [replace(step, start=max(step.start, start), end=min(step.end, end)) for step in inside]


def _counts(work: Activity, released: set[tuple[str, int]]) -> bool:
    if work.kind != "machine":
        return True
    tick = round(work.end / SAME)
    return any((work.device, near) in released for near in (tick - 1, tick, tick + 1))
