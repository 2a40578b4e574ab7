"""Find the tip of the tool. Start here; text.md describes the task."""

import asyncio

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import AnalogIO
from cellkit.geometry import Array, Pose

TILTS = [(0.0, 0.0, 0.0)]  # rad about the flange's x, y, z; one is not enough
SETTLE = 0.3  # s until the arm is at rest


async def main(cell: Cell) -> None:
    """Move to one pose and read the instrument; the rest is missing."""
    arm, instrument = cell.arm("robot"), cell.analog_io("instrument")
    start = cell.places("start")[0]
    await arm.move_joint(arm.home)
    for tilt in TILTS:
        await arm.move_pose(start @ Pose.from_rpy((0, 0, 0), tilt))
        await asyncio.sleep(SETTLE)
        flange = (await arm.state()).tcp
        print(f"flange at {flange}: the instrument reads {await read(instrument)}")
        # 1. Tilt the flange, and move it (arm.move_linear, pose.shifted) until the reading is the same as at first.
        # 2. Four such poses: R t + p is the same point c for all of them. Which t and c fit best? (np.linalg.lstsq)
        # 3. cell.report("tcp_x", ...), likewise tcp_y and tcp_z: t, in m, in the flange's own axes.


async def read(instrument: AnalogIO) -> Array:
    """Return one reading of the tip's position (m) in the instrument's axes."""
    return np.array([await instrument.read(axis) for axis in "xyz"])
