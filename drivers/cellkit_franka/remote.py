"""The robot as the kernel's plant, at the robot's own time, which lags behind this side's by what the way takes.

The kernel changes its mind *now*; the set-points sent so far end a few milliseconds before. What was valid until the
change is kept for that while, or the robot would see a jump.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from typing_extensions import override

from cellkit.controller.plants.arm import Setpoints
from cellkit.controller.setpoint_streaming import RemoteArm
from cellkit.timing import now
from cellkit_franka.protocol.limits import CYCLE

PUNCTUAL = 1e-4
"""Limit in s; a state that is later than the most punctual one by more than that gives no information on clocks."""
DRIFT = 5e-8
"""s a cycle: clocks drift apart by 50 ppm at most."""


class RobotClock:
    """Cell time of the robot's cycles, from the most punctual of their states."""

    def __init__(self, cycle: int) -> None:
        self._offset = now() - cycle * CYCLE

    def heard(self, cycle: int) -> None:
        """Take the arrival of a state."""
        late = now() - cycle * CYCLE - self._offset
        if late < 0.0:
            self._offset += late
        elif late > PUNCTUAL:
            self._offset += DRIFT

    def at(self, cycle: int) -> float:
        """Cell time (s) of a cycle: never later than when its state came."""
        return self._offset + cycle * CYCLE


class LaggingArm(RemoteArm):
    """Set-points may be asked for a little late; times that are asked for never go back."""

    def __init__(self, start: Sequence[float]) -> None:
        super().__init__(start)
        self._sources: deque[tuple[float, Setpoints]] = deque()

    @override
    def follow(self, source: Setpoints) -> None:
        self._sources.append((now() if self._sources else 0.0, source))

    def forget(self) -> None:
        """Forget the sent set-points: the stream has ended."""
        while len(self._sources) > 1:
            self._sources.popleft()

    @override
    def setpoint(self, t: float) -> list[float]:
        sources = self._sources
        while len(sources) > 1 and t >= sources[1][0]:
            sources.popleft()
        return sources[0][1].position(t)
