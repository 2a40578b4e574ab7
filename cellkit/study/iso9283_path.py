"""The path test of ISO 9283 on a simulated arm: a line along a diagonal of the cube, and a right-angled corner.

The line runs from P2 to P4 of the pose test, from P3 to P5, or along the inner part of one of them: the first one
without a singularity is used. The line is measured in its middle half, where the commanded speed is constant. The
attained point of a commanded point is where the path crosses the plane through that point, square to the line. As in
the pose test the flange is bare, and the result is the error of the simulation alone.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

import numpy as np

from cellkit.cell.cell import Cell
from cellkit.devices import Arm, ArmState, Waypoint
from cellkit.errors import CommandRejected, ConfigError
from cellkit.geometry import Array, Pose, transform
from cellkit.models.arm import ArmModel
from cellkit.study.iso9283 import CornerFigures, PathFigures, SpeedFigures, corner_figures, path_figures, speed_figures
from cellkit.study.iso9283_pose import SETTLED, find_cube, simulate_bare_arm
from cellkit.study.repeatability import Scatter

CYCLES = 10
POINTS = 20
"""Measured points on a line."""
MEASURED = (0.25, 0.75)
"""Shares of the line between which the path is measured."""
SAMPLE = 0.004  # s between two readings of the arm's state
BLEND = 0.010
"""Distance (m) from the corner at which the path may leave its lines."""
SPEED = 0.250
"""Default speed (m/s) along the path."""
DIAGONALS = ((1, 3), (2, 4))
SHARES = (1.0, 0.8, 0.6, 0.4)
"""Shares of a diagonal, around its middle, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class PathTest:
    """The measured line (2, 3) in the base, its commanded speed (m/s), and all figures in m, m/s and %."""

    line: Array
    speed: float
    cycles: int
    points: int
    path: PathFigures
    speeds: SpeedFigures
    corner: CornerFigures
    scatter: str | None


def run_path_test(
    model: ArmModel, world: str, cycles: int = CYCLES, speed: float = SPEED, scatter: Scatter | None = None
) -> PathTest:
    """Run the test in a world at ``speed`` (m/s). ``scatter`` offsets each cycle as a whole. Raises ``ConfigError``."""
    fastest = model.cartesian.max_speed
    if not 0.0 < speed <= fastest:
        raise ConfigError(f"a path speed of {speed:g} m/s is outside 0 to {fastest:g} m/s, the limit of {model.id}")
    cube = find_cube(model)
    refusal = ""
    for share, (begin, end) in itertools.product(SHARES, DIAGONALS):
        line = cube.centre + share * (cube.points[[begin, end]] - cube.centre)
        try:
            return _test_of(model, world, line, cycles, speed, scatter)
        except CommandRejected as error:
            refusal = error.message
    raise ConfigError(f"{model.id}: the arm cannot follow any diagonal of its test plane: {refusal}")


def _test_of(model: ArmModel, world: str, line: Array, cycles: int, speed: float, scatter: Scatter | None) -> PathTest:
    corner = np.array([line[1][0], line[0][1], line[1][2]])
    tracks: list[list[ArmState]] = []
    turns: list[list[ArmState]] = []

    async def program(cell: Cell) -> None:
        arm = cell.arm("robot")
        await arm.move_joint(arm.home)
        down = (await arm.state()).tcp.rotation

        def pose(point: Array) -> Pose:
            return Pose(transform(down, point), "base")

        for _ in range(cycles):
            await arm.move_joint(arm.home)  # otherwise a seven-axis arm starts every cycle with another elbow
            await arm.move_pose(pose(line[0]))
            await asyncio.sleep(SETTLED)
            tracks.append(await _tracked(arm, [Waypoint(pose(line[1]))], speed))
            await asyncio.sleep(SETTLED)
            ends = [Waypoint(pose(corner), BLEND), Waypoint(pose(line[0]))]
            turns.append(await _tracked(arm, ends, speed))

    simulate_bare_arm(model, "path_test", program, world)
    offsets = [np.zeros(3) if scatter is None else scatter.offset() for _ in range(cycles)]
    commanded = line[0] + np.linspace(*MEASURED, POINTS)[:, None] * (line[1] - line[0])
    crossed = [_crossings(track, line, commanded) for track in tracks]
    attained = np.array([points + offset for (points, _), offset in zip(crossed, offsets, strict=True)])
    ways = [np.array([state.tcp.position for state in turn]) + o for turn, o in zip(turns, offsets, strict=True)]
    return PathTest(
        line=line,
        speed=speed,
        cycles=cycles,
        points=POINTS,
        path=path_figures(attained, commanded),
        speeds=speed_figures(np.array([speeds for _, speeds in crossed]), speed),
        corner=corner_figures(ways, np.array([line[1], corner, line[0]])),
        scatter=None if scatter is None else scatter.description,
    )


async def _tracked(arm: Arm, waypoints: list[Waypoint], speed: float) -> list[ArmState]:
    """Return the states of an arm while it moves along straight lines."""
    motion = asyncio.ensure_future(arm.move_path(waypoints, speed=speed))
    states: list[ArmState] = []
    while not motion.done():
        state = await arm.state()
        if not states or state.stamp > states[-1].stamp:
            states.append(state)
        await asyncio.sleep(SAMPLE)
    await motion
    return states


def _crossings(track: list[ArmState], line: Array, commanded: Array) -> tuple[Array, Array]:
    """Return positions (m, 3) and speeds (m,) of the path in the planes through the commanded points."""
    times = np.array([state.stamp for state in track])
    positions = np.array([state.tcp.position for state in track])
    direction = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
    along = (positions - line[0]) @ direction
    wanted = (commanded - line[0]) @ direction
    moments = np.interp(wanted, along, times)
    points = np.column_stack([np.interp(moments, times, positions[:, axis]) for axis in range(3)])
    speeds = np.interp(moments, (times[1:] + times[:-1]) / 2, np.diff(along) / np.diff(times))
    return points, speeds
