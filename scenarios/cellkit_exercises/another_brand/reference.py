"""Carry the parts from the rack to the fixture, by places instead of joint angles, so that any arm can do it."""

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.08  # m
CARRY = 0.7  # of the arm's speed with a part
DROP = 0.001  # m


async def main(cell: Cell) -> None:
    """Carry each part from its place to the nest of the same number."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    part = cell.workpiece("part")
    await hand.release(part)
    await arm.move_joint(arm.home)
    await station.wait_for("rack_ready")
    for number, (place, nest) in enumerate(zip(cell.places("rack"), cell.places("fixture"), strict=True), 1):
        await pick(arm, hand, part, place)
        async with hand.guard():
            await put_down(arm, hand, part, nest)
        cell.part_finished(f"part_{number}")
    await station.pulse("rack_done")


async def pick(arm: Arm, hand: Gripper, part: Workpiece, place: Pose) -> None:
    """Pick a part from above, and move up again."""
    grasp = await arm.nearest(hand.grasp_poses(part, place.offset(z=part.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    if not (await hand.grip(part)).held:
        raise TaskFailed("there is no part in the rack")
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE))


async def put_down(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose) -> None:
    """Place a part from above, and move up again."""
    goal = await arm.nearest(hand.grasp_poses(part, nest.offset(z=part.size[2] / 2 + DROP)))
    await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))
