"""Pass the marks on straight lines. Start here; text.md says what is asked."""

import math

from cellkit.cell import Cell
from cellkit.geometry import Pose

HEIGHT = 0.050  # m over a mark's middle
DOWN = Pose.from_rpy((0, 0, HEIGHT), (math.pi, 0, 0))


async def main(cell: Cell) -> None:
    """Visits every mark once, though hardly on a straight line."""
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    goals = [seen.pose @ DOWN for seen in await vision.locate("mark")]
    for goal in goals:
        await arm.move_pose(goal)
    # 1. move_pose moves joints: look at the failing event. Which motion keeps to a line?
    # 2. The round has to be gone twice, without stopping at every mark: arm.move_path([Waypoint(pose, radius), ...]).
    # 3. How large may the blend radius be?
