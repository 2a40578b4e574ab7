"""Point at every mark, 50 mm above it and turned as the mark is."""

import math

from cellkit.cell import Cell
from cellkit.geometry import Pose

HEIGHT = 0.050  # m above a mark's middle


async def main(cell: Cell) -> None:
    """Visit one mark after the other, in the camera's order."""
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    for seen in await vision.locate("mark"):
        above = [seen.pose @ Pose.from_rpy((0, 0, HEIGHT), (math.pi, 0, yaw)) for yaw in (0, math.pi)]
        await arm.move_pose(await arm.nearest(above))
        cell.part_finished(seen.name)
