"""Parts that arrive one by one in a slot."""

from __future__ import annotations

import asyncio
import math
import random

from typing_extensions import override

from cellkit.cell.build import BuiltCell, part_body
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.arrivals import arrival
from cellkit.scenario.processes.config import Feeder
from cellkit.scenario.processes.judging import Report, Tally, judge_parts, require, require_no_stock, require_room
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
        self._config = config
        self._tolerances = scenario.file.tolerances
        self._plan, self._world = built.plan, built.world
        self._report = report
        self._random = random.Random(seed)
        self._left = built.cell.quantity
        plan = built.plan
        require(scenario, "workpiece", config.workpiece, plan.workpieces, "workpiece")
        require(scenario, "slot", config.slot, plan.file.places, "place")
        require(scenario, "fixture", config.fixture, plan.file.places, "place")
        require_no_stock(scenario, plan, config.workpiece)
        self._part = plan.workpieces[config.workpiece]
        self._slot = plan.layout.places(config.slot)[0]
        self._nests = plan.layout.places(config.fixture)
        require_room(scenario, self._left, len(self._nests), repr(config.fixture))
        self._parts: list[str] = []
        self._beat: Periodic | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.tally = Tally()

    @override
    def start(self) -> None:
        self._beat = Periodic(LOOK, self._look)
        self._later(self._config.wait[0])

    @override
    def finish(self) -> None:
        if self._beat is not None:
            self._beat.close()
        if self._timer is not None:
            self._timer.cancel()
        judge_parts(self._parts, self._part, self._nests, self._world, self._tolerances, self.tally, self._report)

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
        name = f"{self._part.kind}_{len(self._parts) + 1}"
        pose = arrival(self._slot, self._part, self._config.jitter, self._random)
        self._world.add_body(part_body(self._plan, self._part.kind, name, pose))
        self._parts.append(name)
        self._report(now(), "process", "part_came", part=name)

    def _look(self) -> None:
        """Plan the arrival of the next part when the slot is free."""
        if self._timer is not None or self._left <= 0 or not self._parts:
            return
        newest = self._world.body_pose(self._parts[-1])
        if math.dist(newest.position, self._slot.position) > LEFT + self._part.size[2]:
            self._later(self._random.uniform(*self._config.wait))
