"""The reach map: where around its base the arm reaches with the tool pointing straight down.

Every point of a grid is tried with several turns of the tool. A solution at a neighbouring point is the best start for
the next one, so the grid is walked to and fro. If that and the home position fail, a few more starts are tried. At the
end the solved points serve as starts for their unsolved neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cellkit.geometry import Array, Pose, inverse_transform, rotation_from_rpy, transform
from cellkit.motion.kinematics import RESTART_ITERATIONS, ArmKinematics
from cellkit.scenario.config import Scenario
from cellkit.study.concepts import Concept
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.feasibility.result import MapLayer, MapPoint, PoseResult, ReachMap
from cellkit.study.feasibility.static_cell import StaticCell, static_cell
from cellkit.study.feasibility.targets import targets

STARTS = 6
"""Number of further starts at a point that neither a neighbour nor home leads to."""
AROUND = 1.1
"""Half of the map's side over the reach."""
SAME_HEIGHT = 0.05
"""m within which required poses share one layer."""
MOST_LAYERS = 2


def reach_map(
    scenario: Scenario,
    concept: Concept,
    config: FeasibilityConfig,
    seed: int = 1,
    *,
    poses: Sequence[PoseResult] = (),
) -> ReachMap:
    """Calculate the map of one arm with one gripper, the cell's first.

    ``poses``: the poses of ``assess``, shown on the map with the reachability found there. If ``config.map`` states no
    heights, the layers lie at the heights with the most poses.
    """
    cell = static_cell(scenario, concept, config)
    hand = next(iter(cell.grippers), None)
    arm = cell.arm_of(hand) if hand is not None else next(iter(cell.arms))
    base = Pose.trusted(cell.bases[arm].copy(), "world")
    points = [_point(pose, base.position) for pose in poses if pose.arm == arm]
    heights = config.map.heights or _working_heights(scenario, cell, config, arm, points)
    kinematics = cell.arms[arm].kinematics
    tool = np.eye(4) if hand is None else cell.tools[hand].tcp.matrix
    side = AROUND * (cell.plan.arms[arm].reach.value or _longest(kinematics))
    axis = np.linspace(-side, side, config.map.columns)
    count = config.map.orientations
    layers = [
        MapLayer(height=float(height), share=_Layer(kinematics, base, tool, axis, float(height), count).solve(seed))
        for height in heights
    ]
    return ReachMap(
        concept=concept.id,
        arm=arm,
        hand=hand,
        reach=cell.plan.arms[arm].reach.value,
        x=axis.tolist(),
        y=axis.tolist(),
        layers=layers,
        orientations=count,
        starts=STARTS + 2,
        points=points,
    )


class _Layer:
    """One height, solved point by point; a cell is a row, a column and the number of an orientation."""

    def __init__(
        self, kinematics: ArmKinematics, base: Pose, tool: Array, axis: Array, height: float, orientations: int
    ) -> None:
        self._kinematics, self._size, self._orientations = kinematics, len(axis), orientations
        self._solved: dict[tuple[int, int, int], Array] = {}
        off_tool, to_base = inverse_transform(tool), inverse_transform(base.matrix)
        shoulder = kinematics.joint_frames(kinematics.model.home)[1][:3, 3]
        longest = _longest(kinematics)
        turns = [rotation_from_rpy(math.pi, 0.0, 2.0 * math.pi * turn / orientations) for turn in range(orientations)]
        self._goals: dict[tuple[int, int, int], Array] = {}
        for row, y in enumerate(axis):
            # The grid is walked to and fro, so that the point before is always a neighbour.
            for column in range(len(axis)) if row % 2 == 0 else range(len(axis) - 1, -1, -1):
                point = base.position + np.array([axis[column], y, height])
                for number, turn in enumerate(turns):
                    goal = to_base @ transform(turn, point) @ off_tool
                    if float(np.linalg.norm(goal[:3, 3] - shoulder)) <= longest:
                        self._goals[row, column, number] = goal

    def solve(self, seed: int) -> list[list[float]]:
        """Return rows of y, each a list over x, of the share of orientations that are reached."""
        home = np.array(self._kinematics.model.home)
        starts = [home, *self._kinematics.starts(seed)[:STARTS]]
        last: dict[int, Array] = {}
        for cell, goal in self._goals.items():
            near = last.get(cell[2])
            self._try(cell, goal, starts if near is None else [near, *starts])
            if cell in self._solved:
                last[cell[2]] = self._solved[cell]
        # Solved points lead to their neighbours; repeat until no more are found.
        count = -1
        while len(self._solved) > count:
            count = len(self._solved)
            for cell, goal in self._goals.items():
                if cell not in self._solved:
                    near_ones = [self._solved[other] for other in self._beside(cell) if other in self._solved]
                    self._try(cell, goal, near_ones)
        share = np.zeros((self._size, self._size))
        for row, column, _ in self._solved:
            share[row, column] += 1.0
        rows: list[list[float]] = (share / self._orientations).tolist()
        return rows

    def _try(self, cell: tuple[int, int, int], goal: Array, starts: Sequence[Array]) -> None:
        for start in starts:
            joints = self._kinematics.solve_from(goal, start.copy(), RESTART_ITERATIONS)
            if joints is not None:
                self._solved[cell] = joints
                return

    def _beside(self, cell: tuple[int, int, int]) -> list[tuple[int, int, int]]:
        """Return the four neighbours, and the two next orientations at the same point."""
        row, column, number = cell
        around = [(row + a, column + b, number) for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))]
        return [*around, *((row, column, (number + step) % self._orientations) for step in (1, -1))]


def _longest(kinematics: ArmKinematics) -> float:
    """Return the length (m) from the second joint to the flange, fully stretched: no flange is ever farther away."""
    frames = kinematics.joint_frames(kinematics.model.home)
    return sum(float(np.linalg.norm(b[:3, 3] - a[:3, 3])) for a, b in pairwise(frames[1:]))


def _point(pose: PoseResult, base: Array) -> MapPoint:
    x, y, z = (float(value) for value in np.array(pose.xyz) - base)
    return MapPoint(name=pose.name, x=x, y=y, z=z, reachable=pose.reachable)


def _working_heights(
    scenario: Scenario, cell: StaticCell, config: FeasibilityConfig, arm: str, points: Sequence[MapPoint]
) -> list[float]:
    """Return the heights above the base at which most poses lie, at most two, lowest first."""
    heights = [point.z for point in points]
    if not heights:
        base = float(cell.bases[arm][2, 3])
        heights = [float(target.at.position[2]) - base for target in targets(scenario, cell.plan, config)]
    groups: list[list[float]] = []
    for height in sorted(heights):
        if groups and height - groups[-1][0] <= SAME_HEIGHT:
            groups[-1].append(height)
        else:
            groups.append([height])
    largest = sorted(groups, key=len, reverse=True)[:MOST_LAYERS]
    return sorted(sum(group) / len(group) for group in largest) or [0.0]
