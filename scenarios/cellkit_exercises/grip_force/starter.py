"""Carry smooth parts from the rack to the fixture. Start here; text.md describes the task."""

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.geometry import Pose

ABOVE = 0.08  # m
DROP = 0.001  # m
MAX_FORCE = 40.0  # N between the pads above which a part breaks


async def main(cell: Cell) -> None:
    """Carry all parts, and crush every one."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    part = cell.workpiece("part")
    print(f"a part weighs {part.mass} kg, its friction is {part.friction}")
    await hand.release(part)
    await arm.move_joint(arm.home)
    await station.wait_for("rack_ready")
    for number, (place, nest) in enumerate(zip(cell.places("rack"), cell.places("fixture"), strict=True), 1):
        await pick(arm, hand, part, place)
        await put_down(arm, hand, part, nest)
        cell.part_finished(f"part_{number}")
    await station.pulse("rack_done")


async def pick(arm: Arm, hand: Gripper, part: Workpiece, place: Pose) -> None:
    """Pick a part from above, and move up again."""
    grasp = await arm.nearest(hand.grasp_poses(part, place.offset(z=part.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    await hand.grip(part)  # with which force? The default is meant for quick motions, not for parts that break.
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE))


async def put_down(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose) -> None:
    """Move across, down, and up again."""
    goal = await arm.nearest(hand.grasp_poses(part, nest.offset(z=part.size[2] / 2 + DROP)))
    await arm.move_pose(goal.offset(z=-ABOVE))  # with which acceleration? The default is a share of the joints' limits.
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))
