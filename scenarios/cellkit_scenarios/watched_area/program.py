"""Work, and slow down and stop while people are near. Knows roles, not brands.

The fields are watched by this program: a function of the cell, which protects nobody.
"""

import asyncio
import math

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, RangeScanner
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

SLOW = 0.25  # of the programmed speed while somebody is in the slow field
AGAIN = 0.5  # s for which a field must be free before the arm gets faster again
LIFT = 0.15  # m
POST = 0.909, math.radians(108.4)  # m and rad at which the scanner saw the post when the cell was set up
TOLERANCE = 0.05  # m


async def main(cell: Cell) -> None:
    """Work until the shift is over; whatever is wrong with the scanner ends the work as well."""
    arm, area = cell.arm("robot"), cell.scanner("area")
    await arm.move_joint(arm.home)
    async with asyncio.TaskGroup() as both:
        watching = both.create_task(watch(arm, area))
        await work(cell, arm)
        watching.cancel()
    await arm.set_speed_override(1.0)


async def work(cell: Cell, arm: Arm) -> None:
    """To and fro between two places."""
    down = Pose.from_rpy((0, 0, 0), (np.pi, 0, 0))
    number = 0
    while not await cell.io("station").read("shift_over"):
        for name in ("left", "right"):
            place = cell.places(name)[0] @ down
            await arm.move_pose(place.offset(z=-LIFT))
            await arm.move_linear(place)
            await arm.move_linear(place.offset(z=-LIFT))
        number += 1
        cell.part_finished(f"round_{number}")


async def watch(arm: Arm, area: RangeScanner) -> None:
    """With every scan, let the arm be as fast as the fields allow. A scanner that fails ends it with its error."""
    share, free_since = 1.0, 0.0
    while True:
        scan = await area.next_scan()
        await check(area)
        allowed = 0.0 if await area.violated("stop") else SLOW if await area.violated("slow") else 1.0
        if allowed <= share:
            free_since = scan.stamp
        if allowed < share or scan.stamp - free_since >= AGAIN:
            share = allowed
            await arm.set_speed_override(share)


async def check(area: RangeScanner) -> None:
    """The scanner must see the post where it stands."""
    distance, direction = POST
    seen = await area.distance(direction)
    if seen is None or abs(seen - distance) > TOLERANCE:
        what = "nothing" if seen is None else f"{seen:.3f} m"
        raise TaskFailed(f"the scanner sees {what} where its post is {distance:g} m away: it drifts, or was moved")
