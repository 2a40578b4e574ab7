"""Blanks in a rack, a machine that works on what is in its chuck, and a rack for what is finished."""

from __future__ import annotations

import math
import random

from cellkit.cell.build import BuiltCell, part_body
from cellkit.devices.machine import Execution
from cellkit.geometry import Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import MachineTending
from cellkit.scenario.processes.judging import DROP, Report, Tally, judge_parts, require, require_no_stock
from cellkit.timing import now

IN_CHUCK = 0.02
"""m from the chuck's place within which a part is worked on."""


class MachineTendingProcess:
    """Runs ``machine_tending`` in a world."""

    FAULTS: tuple[str, ...] = ()

    def __init__(self, config: MachineTending, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        plan = built.plan
        require(scenario, "machine", config.machine, built.machines, "machine")
        require(scenario, "workpiece", config.workpiece, plan.workpieces, "workpiece")
        require(scenario, "blanks", config.blanks, plan.file.places, "place")
        require(scenario, "finished", config.finished, plan.file.places, "place")
        require_no_stock(scenario, plan, config.workpiece)
        self._config = config
        self._tolerances = scenario.file.tolerances
        self._plan, self._world = plan, built.world
        self._part = plan.workpieces[config.workpiece]
        self._blanks = plan.layout.places(config.blanks)
        self._nests = plan.layout.places(config.finished)
        self._machine = built.machines[config.machine]
        chuck = built.chucks[config.machine]
        if chuck is None:
            text = f"process.machine: {config.machine!r} has no chuck (`chuck: PLACE` in the cell file)"
            raise scenario.document.error(text, ("process", "machine"))
        self._chuck = chuck
        self._count = min(built.cell.quantity, len(self._blanks), len(self._nests))
        if self._count < built.cell.quantity:
            text = f"{built.cell.quantity} parts do not fit the racks, which have {self._count} places"
            raise scenario.document.error(text, ("quantity",))
        self._random = random.Random(seed)
        self._report = report
        self._parts: list[str] = []
        self._worked_on: set[str] = set()
        self._running = False
        self.tally = Tally()
        self._machine.on_change(self._changed)

    def start(self) -> None:
        """See ``Process``."""
        jitter = self._config.jitter
        for number in range(self._count):
            name = f"{self._part.kind}_{number + 1}"
            x, y = (self._random.uniform(-jitter.xy, jitter.xy) for _ in range(2))
            yaw = math.radians(self._random.uniform(-jitter.yaw_deg, jitter.yaw_deg))
            pose = self._blanks[number] @ Pose.from_rpy((x, y, self._part.size[2] / 2 + DROP), (0.0, 0.0, yaw))
            self._world.add_body(part_body(self._plan, self._part.kind, name, pose))
            self._parts.append(name)

    def finish(self) -> None:
        """See ``Process``."""
        done = [name for name in self._parts if name in self._worked_on]
        judge_parts(done, self._part, self._nests, self._world, self._tolerances, self.tally, self._report)
        for name in self._parts:
            if name not in self._worked_on:
                self.tally.note(name, "was never worked on")

    def begin_fault(self, kind: str) -> None:
        """See ``Process``: none."""

    def _changed(self) -> None:
        """A program that was completed has worked on what was in the chuck all the time."""
        execution = self._machine.execution
        if execution is Execution.PROGRAM_COMPLETED and self._running:
            for name in self._parts:
                position = self._world.body_pose(name).position
                if math.dist(position[:2], self._chuck.position[:2]) <= IN_CHUCK:
                    self._worked_on.add(name)
                    self._report(now(), "process", "worked_on", part=name)
        self._running = execution is Execution.ACTIVE
