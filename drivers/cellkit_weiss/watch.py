"""What a gripper reports by itself, and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from cellkit.errors import ConnectionLost
from cellkit.timing import now, sleep_until
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

    ``noticed`` is called with each report, first.
    """

    def __init__(self, name: str, noticed: Callable[[Report], None]) -> None:
        self._name = name
        self._noticed = noticed
        self._waiting: list[tuple[Callable[[Report], bool], asyncio.Future[Report]]] = []
        self.begin()

    def begin(self) -> None:
        """Forget everything: a new connection."""
        self._width: float | None = None
        self._force: float | None = None
        self._latest: Report | None = None
        self._heard = 0.0

    @property
    def latest(self) -> Report:
        """The newest report. Raises ``RuntimeError`` before there is one."""
        if self._latest is None:
            raise RuntimeError("the gripper has not reported yet")
        return self._latest

    def width(self, value: float) -> None:
        """The gripper tells its opening width (m)."""
        self._width = value

    def force(self, value: float) -> None:
        """The gripper tells its force (N per pad)."""
        self._force = value

    def state(self, value: Grasping) -> None:
        """The gripper tells what it does."""
        self._heard = now()
        if self._width is None or self._force is None:
            return
        report = self._latest = Report(self._heard, self._width, self._force, value)
        self._noticed(report)
        for reached, future in tuple(self._waiting):
            if not future.done() and reached(report):
                future.set_result(report)

    async def until(self, reached: Callable[[Report], bool]) -> Report:
        """The first report to come that ``reached`` accepts."""
        wait = reached, asyncio.get_running_loop().create_future()
        self._waiting.append(wait)
        try:
            report: Report = await wait[1]
            return report
        finally:
            self._waiting.remove(wait)

    async def guard(self, limit: float) -> None:
        """Return never; raises ``ConnectionLost`` when after the first report nothing has come for ``limit`` s."""
        await self.until(lambda _report: True)
        while now() - self._heard < limit - 1e-9:
            await sleep_until(self._heard + limit)
        raise ConnectionLost(self._name, f"the gripper has not reported for {limit:g} s")
