"""Move to and fro between two marks: up, across and down in one blended path."""

import math

from cellkit.cell import Cell
from cellkit.devices import Waypoint
from cellkit.geometry import Pose

HEIGHT = 0.050  # m above a mark's middle
DOWN = Pose.from_rpy((0, 0, HEIGHT), (math.pi, 0, 0))
LIFT = 0.030  # m
RADIUS = 0.029  # m
VISITS = 12


async def main(cell: Cell) -> None:
    """Move one path for each visit; the arm stops only at its ends."""
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    goals = [seen.pose @ DOWN for seen in await vision.locate("mark")]
    await arm.move_pose(goals[0])
    cell.part_finished("visit 1")
    for visit in range(1, VISITS):
        start, goal = goals[(visit - 1) % 2], goals[visit % 2]
        up, over = Waypoint(start.offset(z=-LIFT), RADIUS), Waypoint(goal.offset(z=-LIFT), RADIUS)
        await arm.move_path([up, over, Waypoint(goal)])
        cell.part_finished(f"visit {visit + 1}")
