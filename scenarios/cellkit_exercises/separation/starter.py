"""Carry parts to and fro where people come near. Start here; text.md says what is asked. Only watching is not done.

What is monitored here is a function of this program, which protects nobody. It is not a safety certification; verify
against the standard and by measurement.
"""

import asyncio
import math

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, RangeScanner, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.10  # m over a part from where the tool moves straight down
CARRY = 0.7  # of the arm's speed while a part hangs between two pads
DROP = 0.001  # m over its place at which a part is let go

# Measured on this arm at this work, with 20 % on top of time and distance of the stop:
TOP_SPEED = 1.25  # m/s of the tool
STOP_TIME, STOP_DISTANCE = 0.41, 0.31  # s and m from the top speed; in proportion to speed, and to its square
REACH = 0.60  # m from the arm's axis: no part of the arm gets further out
# Of this cell:
PERSON = 1.6  # m/s that a person walks
REACTION = 0.14  # s: two turns of the scanner, and the controller
INTRUSION = 1.0  # m that a hand is ahead of what a scanner at this height sees
UNCERTAINTY = 0.06  # m: three sigma of the scanner


async def main(cell: Cell) -> None:
    """Work, and watch beside it, until the shift is over."""
    arm, hand, part = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("part")
    await hand.release(part)
    await arm.move_joint(arm.home)
    async with asyncio.TaskGroup() as both:
        watching = both.create_task(watch(cell, arm, cell.scanner("area")))
        await work(cell, arm, hand, part)
        watching.cancel()


async def work(cell: Cell, arm: Arm, hand: Gripper, part: Workpiece) -> None:
    """Carry the part to and fro."""
    station, (left, right) = cell.io("station"), (cell.places(name)[0] for name in ("left", "right"))
    await station.write("watching", True)
    while not await station.read("shift_over"):
        await carry(arm, hand, part, left, right)
        left, right = right, left
        cell.part_finished("part")


async def carry(arm: Arm, hand: Gripper, part: Workpiece, start: Pose, goal: Pose) -> None:
    """Take the part from one place to the other."""
    grasp = await arm.nearest(hand.grasp_poses(part, start.offset(z=part.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    if not (await hand.grip(part)).held:
        raise TaskFailed(f"no part lies at {start}")
    await arm.set_payload(Load(part.mass))
    async with hand.guard():
        await arm.move_linear(grasp.offset(z=-ABOVE))
        put = await arm.nearest(hand.grasp_poses(part, goal.offset(z=part.size[2] / 2 + DROP)))
        await arm.move_pose(put.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
        await arm.move_linear(put)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(put.offset(z=-ABOVE))


async def watch(cell: Cell, arm: Arm, area: RangeScanner) -> None:
    """Looks with every turn of the scanner, and does nothing about it."""
    told = 10.0
    while True:
        await area.next_scan()
        separation = await distance(cell, area) - REACH
        if separation < told - 0.5:
            told = separation
            print(
                f"somebody is {separation:.2f} m away; at full speed {protective_distance(TOP_SPEED):.2f} m are needed"
            )
        # 1. What is needed at a speed? (protective_distance)
        # 2. At which share of TOP_SPEED is that no more than there is? await arm.set_speed_override(share), 0 to 1.
        # 3. Slower at once, faster only after a while: why?


def protective_distance(speed: float) -> float:
    """M between arm and person that are needed at this speed (m/s)."""
    return 0.0


async def distance(cell: Cell, area: RangeScanner) -> float:
    """M over the floor from the arm's axis to the nearest person; infinite: there is nobody; 0: it is blind."""
    ends = await area.intruders("watched")
    if np.isnan(ends).any():
        return 0.0
    eye, base = cell.places("area")[0], cell.places("robot")[0]
    seen = ends @ eye.matrix[:2, :2].T + eye.position[:2] - base.position[:2]
    return float(np.hypot(seen[:, 0], seen[:, 1]).min(initial=math.inf))
