"""What a gripper reports by itself, and who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cellkit.devices.latest import Latest
from cellkit.timing import now
from cellkit_weiss.protocol.status import Grasping


@dataclass(frozen=True, slots=True)
class Report:
    """Opening width in m, force in N per pad; ``stamp``: cell time (s) at which the last of them came."""

    stamp: float
    width: float
    force: float
    state: Grasping


class Watch:
    """Puts single values together to reports: one is complete whenever the state has come, which is asked for last.

    ``noticed`` is called with each report, first. A gripper that has not reported for ``limit`` s is silent.
    """

    def __init__(self, name: str, limit: float, noticed: Callable[[Report], None]) -> None:
        self._reports: Latest[Report] = Latest(name, "report", limit, noticed)
        self._width: float | None = None
        self._force: float | None = None
        self.fail = self._reports.fail

    @property
    def latest(self) -> Report:
        """The newest report. Raises ``ConnectionLost`` before there is one, and when it is too old."""
        return self._reports.value

    def width(self, value: float) -> None:
        """Note the reported opening width (m)."""
        self._width = value

    def force(self, value: float) -> None:
        """Note the reported force (N per pad)."""
        self._force = value

    def state(self, value: Grasping) -> None:
        """Note the reported state."""
        if self._width is not None and self._force is not None:
            self._reports.put(Report(now(), self._width, self._force, value))

    async def until(self, reached: Callable[[Report], bool]) -> Report:
        """Return the first report to come that ``reached`` accepts."""
        return await self._reports.until(reached, newest=False)

    async def guard(self) -> None:
        """Return never; raises ``ConnectionLost`` when the gripper is silent after its first report."""
        await self.until(lambda _report: True)
        await self._reports.guard(0.0)
