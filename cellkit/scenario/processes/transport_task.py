"""Work beside a process: a part is carried between two places, and each arrival counts."""

from __future__ import annotations

import asyncio

import numpy as np

from cellkit.cell.build import BuiltCell
from cellkit.geometry import Array
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import TransportWork
from cellkit.scenario.processes.judging import require
from cellkit.timing import Periodic

LOOK = 0.1
"""Time (s) between two checks of the part."""
STILL = 0.0005
"""Movement (m) between two checks below which the part lies still."""
ASIDE, HIGH = 0.02, 0.005
"""Distance (m) beside and above a place within which the part has arrived."""


class TransportCount:
    """Counts the arrivals of the part from ``start`` on, by its pose in the world."""

    def __init__(self, config: TransportWork, scenario: Scenario, built: BuiltCell) -> None:
        plan = built.plan
        require(scenario, "work.workpiece", config.workpiece, plan.file.stock, "stock of")
        for place in config.places:
            require(scenario, "work.places", place, plan.file.places, "place")
        self._part = f"{config.workpiece}_1"
        half = plan.workpieces[config.workpiece].size[2] / 2
        self._places = [plan.layout.places(place)[0].offset(z=half).position for place in config.places]
        self._times = config.times
        self._world = built.world
        self._before: Array | None = None
        self._at: int | None = None
        self._beat: Periodic | None = None
        self._enough = asyncio.Event()
        self.done = 0

    def start(self) -> None:
        """Begin to count; the present place of the part does not count."""
        self._beat = Periodic(LOOK, self._look)

    def finish(self) -> None:
        """End counting."""
        if self._beat is not None:
            self._beat.close()

    async def enough(self) -> None:
        """Wait for the last arrival."""
        await self._enough.wait()

    def _look(self) -> None:
        position = self._world.body_pose(self._part).position
        still = self._before is not None and float(np.linalg.norm(position - self._before)) <= STILL
        self._before = position
        if not still:
            return
        for number, place in enumerate(self._places):
            if float(np.hypot(*(position - place)[:2])) <= ASIDE and abs(float((position - place)[2])) <= HIGH:
                self.done += self._at is not None and number != self._at
                self._at = number
        if self.done >= self._times:
            self._enough.set()
