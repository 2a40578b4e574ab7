"""Parts that arrive one by one in a slot."""

from __future__ import annotations

import asyncio
import math

from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Feeder
from cellkit.scenario.processes.judging import Report, require_room
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

LOOK = 0.05
"""Time (s) between two checks of the slot."""
LEFT = 0.05
"""Distance (m) from the slot at which a part has left it."""


class FeederProcess(Process):
    """Runs a ``feeder`` in a world."""

    FAULTS: tuple[str, ...] = ("part_missing",)

    def __init__(self, config: Feeder, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._left = built.cell.quantity
        self._part = self._workpiece("workpiece", config.workpiece)
        self._slot = self._places("slot", config.slot)[0]
        self._nests = self._places("fixture", config.fixture)
        require_room(scenario, self._left, len(self._nests), repr(config.fixture))
        self._parts: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    @override
    def start(self) -> None:
        self._beat = Periodic(LOOK, self._look)
        self._later(self._config.wait[0])

    @override
    def finish(self) -> None:
        super().finish()
        if self._timer is not None:
            self._timer.cancel()
        self._judge_parts(self._parts, self._part, self._nests)

    @override
    def begin_fault(self, kind: str) -> None:
        """Stop the arrivals: ``part_missing`` is the only fault."""
        self._left = 0
        if self._timer is not None:
            self._timer.cancel()

    def _later(self, delay: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay, self._bring)

    def _bring(self) -> None:
        self._timer = None
        self._left -= 1
        name = self._add_part(self._part, len(self._parts) + 1, self._slot, self._config.jitter)
        self._parts.append(name)
        self._report(now(), "process", "part_came", part=name)

    def _look(self) -> None:
        """Plan the arrival of the next part when the slot is free."""
        if self._timer is not None or self._left <= 0 or not self._parts:
            return
        newest = self._world.body_pose(self._parts[-1])
        if math.dist(newest.position, self._slot.position) > LEFT + self._part.size[2]:
            self._later(self._random.uniform(*self._config.wait))
