"""A touch course: the tool centre point visits marks in turn, and its path between them counts too."""

from __future__ import annotations

import math

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell, part_body
from cellkit.geometry import Array, Pose, inverse_transform, rotvec_from_rotation
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.arrivals import arrival
from cellkit.scenario.processes.config import TouchCourse
from cellkit.scenario.processes.ground_truth import GroundTruth
from cellkit.scenario.processes.judging import Report, over_limit, require
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

LOOK = 0.002
"""Time (s) between two checks of the tool centre point."""
STANDSTILL = 0.05
"""Speed (rad/s) below which a joint stands still: between two motions it does so only for a moment."""
NEAR = 0.3
"""Share of the path at both ends in which the tool centre point need not be high."""


class TouchCourseProcess(Process):
    """Runs a ``course`` in a world."""

    def __init__(self, config: TouchCourse, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        require(scenario, "robot", config.robot, self._plan.arms, "arm")
        self._mark = self._workpiece("mark", config.mark)
        self._field = self._places("field", config.field)
        self._arm = GroundTruth(built, config.robot)
        hands = self._plan.grippers_on(config.robot)
        self._tool = built.cell.tool(hands[0]).tcp.matrix if hands else np.eye(4)
        self._visits = built.cell.quantity
        self._goals: list[Pose] = []
        self._last: Array | None = None
        self._fault: str | None = None

    @override
    def start(self) -> None:
        mark = self._mark
        for number, place in enumerate(self._field, 1):
            pose = arrival(place, mark, self._config.jitter, self._random)
            self._world.add_body(part_body(self._plan, mark.kind, f"{mark.kind}_{number}", pose))
            self._goals.append(pose @ Pose.from_rpy((0.0, 0.0, self._config.height), (math.pi, 0.0, 0.0)))
        self._beat = Periodic(LOOK, self._look)

    @override
    def finish(self) -> None:
        super().finish()
        self._look()  # the tool may have come to rest at this moment
        if self._fault is not None and self.tally.judged < self._visits:
            self._judged(self._fault)

    def _look(self) -> None:
        if self.tally.judged >= self._visits:
            return
        tcp = self._arm.flange() @ self._tool
        goal = self._goals[self.tally.judged % len(self._goals)]
        self._check_path(tcp[:3, 3], goal.position)
        if self._config.at_rest and float(np.abs(self._arm.plant.state().velocity).max()) > STANDSTILL:
            return
        if self._reached(tcp, goal):
            self._last = goal.position
            fault, self._fault = self._fault, None
            self._judged(fault, float(np.linalg.norm(tcp[:3, 3] - goal.position)))

    def _reached(self, tcp: Array, goal: Pose) -> bool:
        """Return whether the tool points down at the goal, with the mark's own turn or half a turn more."""
        relative = inverse_transform(goal.matrix) @ tcp
        if float(np.linalg.norm(relative[:3, 3])) > self._tolerances.position:
            return False
        turns = (relative[:3, :3], relative[:3, :3] @ np.diag((-1.0, -1.0, 1.0)))
        angle = min(float(np.linalg.norm(rotvec_from_rotation(turn))) for turn in turns)
        return math.degrees(angle) <= self._tolerances.angle_deg

    def _check_path(self, at: Array, goal: Array) -> None:
        """Check the path between two marks: near the straight line, or high enough, where the scenario requires it."""
        if self._last is None or self._fault is not None:
            return
        way = goal - self._last
        along = float((at - self._last) @ way / (way @ way))
        aside = float(np.linalg.norm(at - self._last - min(max(along, 0.0), 1.0) * way))
        config = self._config
        if config.corridor is not None and aside > config.corridor:
            self._fault = over_limit(aside * 1000, config.corridor * 1000, "mm", "from the straight line")
        if config.clear is not None and NEAR < along < 1.0 - NEAR:
            height = float(at[2] - max(goal[2], self._last[2]))
            if height < config.clear:
                self._fault = (
                    f"only {height * 1000:.1f} mm high between the marks ({config.clear * 1000:g} mm asked for)"
                )

    def _judged(self, fault: str | None, error: float | None = None) -> None:
        what = f"visit {self.tally.judged + 1}"
        self.tally.note(what, fault, error)
        self._report(now(), "process", "judged", part=what, error=error, fault=fault)
