"""Run thirty cycles through five poses, measure each position many times; AP and RP by the formulas of ISO 9283."""

import asyncio

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import AnalogIO
from cellkit.geometry import Array

CYCLES = 30
SETTLE = 0.3  # s until the arm is at rest
READINGS, PERIOD = 20, 0.02  # number of averaged readings, and s between two of them


async def main(cell: Cell) -> None:
    """Measure all positions, then compute the figures."""
    arm, tracker = cell.arm("robot"), cell.analog_io("tracker")
    poses = [*cell.places("middle"), *cell.places("corners")]
    stands: list[list[Array]] = [[] for _ in poses]
    await arm.move_joint(arm.home)
    for _ in range(CYCLES):
        for pose, seen in zip(poses, stands, strict=True):
            await arm.move_pose(pose)
            seen.append(await measure(tracker))
    for number, (pose, seen) in enumerate(zip(poses, stands, strict=True), 1):
        middle = np.mean(seen, axis=0)
        distances = np.linalg.norm(np.array(seen) - middle, axis=1)
        cell.report(f"ap_{number}", float(np.linalg.norm(middle - pose.position)))
        cell.report(f"rp_{number}", float(distances.mean() + 3 * distances.std(ddof=1)))


async def measure(tracker: AnalogIO) -> Array:
    """Return the position of the flange (m) at rest: the mean of many readings."""
    await asyncio.sleep(SETTLE)
    seen = []
    for _ in range(READINGS):
        seen.append([await tracker.read(axis) for axis in "xyz"])
        await asyncio.sleep(PERIOD)
    mean: Array = np.mean(seen, axis=0)
    return mean
