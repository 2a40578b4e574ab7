"""Weigh a part, lift it, and check that the scale shows nothing any more."""

from acme_scale.interface import Scale

from cellkit.cell.cell import Cell
from cellkit.errors import TaskFailed


async def main(cell: Cell) -> None:
    arm, hand, scale = cell.arm("robot"), cell.gripper("hand"), cell.device("scale", Scale)
    part = cell.workpiece("part")
    cell.report("weighed", (await scale.weight()).mass)
    middle = cell.places("plate")[0].offset(z=part.size[2] / 2)
    grasp = await arm.nearest(hand.grasp_poses(part, at=middle))
    await arm.move_pose(grasp.offset(z=-0.10))
    await arm.move_linear(grasp)
    await hand.grip(part)
    await arm.move_linear(grasp.offset(z=-0.40), speed=0.5)
    left = (await scale.weight()).mass
    if abs(left) > 0.01:
        raise TaskFailed(f"the empty scale shows {left:.3f} kg: it drifts, or does not follow")
    cell.part_finished("part_1")
