"""Bring the tip to one point in four poses; the tool centre point is the best fit."""

import asyncio

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import AnalogIO
from cellkit.geometry import Array, Pose

TILT = 0.6  # rad
TILTS = [(0.0, 0.0, 0.0), (TILT, 0.0, 0.0), (-TILT / 2, TILT, 0.0), (-TILT / 2, -TILT, 0.0)]
SETTLE = 0.3  # s until the arm is at rest
READINGS, PERIOD = 25, 0.02  # number of averaged readings, and s between two of them
SAME = 0.0001  # m within which two points are the same: below the resolution of the readings
TRIES = 5


async def main(cell: Cell) -> None:
    """Solve one system of equations for four poses: R t + p = c for each, t and c unknown."""
    arm, instrument = cell.arm("robot"), cell.analog_io("instrument")
    start = cell.places("start")[0]
    await arm.move_joint(arm.home)
    await arm.move_pose(start)
    point = await read(instrument)
    rows, right = [], []
    for tilt in TILTS:
        await arm.move_pose(start @ Pose.from_rpy((0, 0, 0), tilt))
        for _ in range(TRIES):
            off = await read(instrument) - point
            if np.linalg.norm(off) < SAME:
                break
            await arm.move_linear((await arm.state()).tcp.shifted(*(-off).tolist()))
        flange = (await arm.state()).tcp
        rows.append(np.hstack([flange.rotation, -np.eye(3)]))
        right.append(-flange.position)
    found = np.linalg.lstsq(np.vstack(rows), np.hstack(right), rcond=None)[0]
    for axis, value in zip("xyz", found[:3].tolist(), strict=True):
        cell.report(f"tcp_{axis}", value)


async def read(instrument: AnalogIO) -> Array:
    """Return the tip's position (m) in the instrument's axes: the mean of many readings, at rest."""
    await asyncio.sleep(SETTLE)
    seen = []
    for _ in range(READINGS):
        seen.append([await instrument.read(axis) for axis in "xyz"])
        await asyncio.sleep(PERIOD)
    mean: Array = np.mean(seen, axis=0)
    return mean
