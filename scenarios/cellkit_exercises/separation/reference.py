"""Carry parts to and fro, no faster than the distance to the nearest person allows.

The monitoring is a function of this program and protects no person. It is not a safety certification; verify against
the standard and by measurement.
"""

import asyncio
import math

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, RangeScanner, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.10  # m above a part from which the tool moves straight down
CARRY = 0.7  # of the arm's speed with a part between the pads
DROP = 0.001  # m above its place at which a part is released

# Measured on this arm with these motions, plus 20 % on time and distance of the stop:
TOP_SPEED = 1.25  # m/s of the tool
STOP_TIME, STOP_DISTANCE = 0.41, 0.31  # s and m from the top speed; proportional to the speed, and to its square
REACH = 0.60  # m from the arm's axis: no part of the arm moves farther out
# Of this cell:
PERSON = 1.6  # m/s, walking speed of a person
REACTION = 0.14  # s: two turns of the scanner, and the controller
INTRUSION = 1.0  # m of a hand ahead of the body that a scanner at this height sees
UNCERTAINTY = 0.06  # m: three sigma of the scanner
STEPS = 10  # shares of the speed; below the slowest one the arm stops, so that it never creeps
AGAIN = 0.4  # s for which more speed must be allowed before the arm gets faster


async def main(cell: Cell) -> None:
    """Work, and monitor the separation beside it, until the shift is over."""
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
    """Set the arm's speed with every turn of the scanner to the speed that the separation allows."""
    share, slow_since = 1.0, 0.0
    while True:
        scan = await area.next_scan()
        allowed = allowed_share(await distance(cell, area) - REACH)
        if allowed <= share:
            slow_since = scan.stamp
        if allowed < share or scan.stamp - slow_since >= AGAIN:
            if allowed != share:
                await arm.set_speed_override(allowed)
            share = allowed


def allowed_share(separation: float) -> float:
    """Return the greatest share of the speed, in steps, whose required distance is within ``separation`` (m)."""
    shares = [step / STEPS for step in range(1, STEPS + 1)]
    return max((share for share in shares if protective_distance(share * TOP_SPEED) <= separation), default=0.0)


def protective_distance(speed: float) -> float:
    """Return the required distance (m) between arm and person at this speed (m/s)."""
    share = speed / TOP_SPEED
    person = PERSON * (REACTION + STOP_TIME * share)
    return person + speed * REACTION + STOP_DISTANCE * share**2 + INTRUSION + UNCERTAINTY


async def distance(cell: Cell, area: RangeScanner) -> float:
    """Return the distance (m) of the nearest person from the arm's axis; infinite: none; 0: the scanner is blind."""
    ends = await area.intruders("watched")
    if np.isnan(ends).any():
        return 0.0
    eye, base = cell.places("area")[0], cell.places("robot")[0]
    seen = ends @ eye.matrix[:2, :2].T + eye.position[:2] - base.position[:2]
    return float(np.hypot(seen[:, 0], seen[:, 1]).min(initial=math.inf))
