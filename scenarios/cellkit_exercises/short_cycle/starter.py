"""Move to and fro between two marks, high enough between them. Start here; text.md describes the task."""

import math

from cellkit.cell import Cell
from cellkit.geometry import Pose

HEIGHT = 0.050  # m above a mark's middle
DOWN = Pose.from_rpy((0, 0, HEIGHT), (math.pi, 0, 0))
LIFT = 0.025  # m


async def main(cell: Cell) -> None:
    """Move to the first mark; the rest is missing."""
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    there, back = (seen.pose @ DOWN for seen in await vision.locate("mark"))
    await arm.move_pose(there)
    print(f"from {there} to {back}, {LIFT * 1000:g} mm higher between them, and back; twelve visits in all")
