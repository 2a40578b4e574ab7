"""The pose test of ISO 9283 on a simulated arm: the cube, its five points, thirty cycles at full speed.

The result is the error of the simulation alone: a real arm has errors of its own, which no model contains. The standard
asks for the rated load. A world can only load an arm through a gripper, so the flange is bare.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellkit.cell.cell import Cell
from cellkit.errors import ConfigError, PlanningError
from cellkit.geometry import Array, Pose, transform
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.scenario.simulate import simulate
from cellkit.study.iso9283 import PoseFigures, pose_figures
from cellkit.study.repeatability import Scatter

CYCLES = 30
FROM_CORNER = 0.10
"""Share of a diagonal from its ends to P2 … P5 (the standard: 10 %, tolerance 2 %)."""
SETTLED = 0.5  # s of rest before a position is measured
ORDER = (0, 4, 3, 2, 1)
"""The order P1, P5, P4, P3, P2."""
GROUND = 0.10
"""Lowest height (m) of a corner above the mounting plane of the base."""
_SMALLEST, _LARGEST, _HALVINGS = 0.05, 1.5, 7  # m


@dataclass(frozen=True, slots=True)
class TestCube:
    """Centre (3,) and edge in m, edges along the base's axes; ``points`` (5, 3) are P1 to P5 in the base."""

    __test__ = False
    centre: Array
    edge: float
    points: Array


def find_cube(model: ArmModel) -> TestCube:
    """Return the largest cube, tool pointing down, whose corners the arm reaches, of several places before its base.

    Raises ``ConfigError`` if not even the smallest cube fits.
    """
    kinematics = ArmKinematics(model)
    down = kinematics.forward(model.home)[:3, :3]
    reach = float(np.linalg.norm(kinematics.forward(model.home)[:2, 3]))
    best: tuple[float, Array] | None = None
    for share, height in itertools.product((0.8, 1.0, 1.2), (0.3, 0.5, 0.7)):
        centre = np.array([reach * share, 0.0, reach * height])
        low, high = 0.0, max(0.0, min(_LARGEST, 2 * (float(centre[2]) - GROUND)))
        for _ in range(_HALVINGS):
            edge = (low + high) / 2
            if _fits(kinematics, model, down, centre, edge):
                low = edge
            else:
                high = edge
        if best is None or low > best[0]:
            best = low, centre
    assert best is not None
    edge, centre = best
    if edge < _SMALLEST:
        raise ConfigError(f"{model.id}: with the tool down, the arm reaches no test cube of {_SMALLEST} m or more")
    return TestCube(centre, edge, _points(centre, edge))


def _corners(centre: Array, edge: float) -> Array:
    corners: Array = centre + edge / 2 * np.array(list(itertools.product((-1, 1), repeat=3)))
    return corners


def _fits(kinematics: ArmKinematics, model: ArmModel, down: Array, centre: Array, edge: float) -> bool:
    near = np.array(model.home)
    for corner in (centre, *_corners(centre, edge)):
        try:
            kinematics.inverse(transform(down, corner), near)
        except PlanningError:
            return False
    return True


def _points(centre: Array, edge: float) -> Array:
    """Return P1 in the middle, and P2 to P5 on the diagonals of the plane through two opposite edges along y."""
    half = edge / 2 * (1 - 2 * FROM_CORNER)
    offsets = [(0, 0, 0), (half, half, half), (half, -half, half), (-half, -half, -half), (-half, half, -half)]
    points: Array = centre + np.array(offsets)
    return points


def simulate_bare_arm(model: ArmModel, name: str, program: Callable[[Cell], Awaitable[None]], world: str) -> None:
    """Run a program in a cell of this name that contains an arm without a tool, in role ``robot``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cell.yaml"
        devices = f"devices:\n  robot: {{kind: arm, model: {model.id}}}\n"
        file.write_text(f"schema: cellkit/cell/1\nname: {name}\n{devices}", encoding="utf-8")
        simulate(file, program, world=world)


@dataclass(frozen=True, slots=True)
class PoseTest:
    """The measured cube, and the figures (m) of P1 to P5."""

    cube: TestCube
    cycles: int
    figures: tuple[PoseFigures, ...]


def run_pose_test(model: ArmModel, world: str, cycles: int = CYCLES, scatter: Scatter | None = None) -> PoseTest:
    """Run the test in a world; ``scatter`` offsets every attained position. Raises ``ConfigError``."""
    cube = find_cube(model)
    attained: list[list[Array]] = [[] for _ in cube.points]

    async def program(cell: Cell) -> None:
        arm = cell.arm("robot")
        await arm.move_joint(arm.home)
        down = (await arm.state()).tcp.rotation
        for _ in range(cycles):
            for index in ORDER:
                await arm.move_pose(Pose(transform(down, cube.points[index]), "base"))
                await asyncio.sleep(SETTLED)
                position = (await arm.state()).tcp.position
                attained[index].append(position if scatter is None else position + scatter.offset())

    simulate_bare_arm(model, "pose_test", program, world)
    figures = tuple(pose_figures(np.array(poses), point) for poses, point in zip(attained, cube.points, strict=True))
    return PoseTest(cube, cycles, figures)
