"""Pass the marks on straight lines, two rounds, with corners as round as is allowed."""

import math

from cellkit.cell import Cell
from cellkit.devices import Waypoint
from cellkit.geometry import Pose

HEIGHT = 0.050  # m above a mark's middle
DOWN = Pose.from_rpy((0, 0, HEIGHT), (math.pi, 0, 0))
ROUNDS = 2
RADIUS = 0.005  # m; a corner of 90 degrees is passed at less than half of it


async def main(cell: Cell) -> None:
    """Move to the first mark by the joints, from there on straight lines."""
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    goals = [seen.pose @ DOWN for seen in await vision.locate("mark")]
    first, *others = goals * ROUNDS
    await arm.move_pose(first)
    *between, last = others
    await arm.move_path([*(Waypoint(goal, RADIUS) for goal in between), Waypoint(last)])
    cell.part_finished("course")
