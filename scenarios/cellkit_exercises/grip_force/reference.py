"""Carry smooth parts, with the force that the acceleration needs and the acceleration that the force allows."""

import math

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.08  # m
DROP = 0.001  # m
GRAVITY = 9.81  # m/s²
MAX_FORCE = 40.0  # N between the pads above which a part breaks
MARGIN = 0.85  # share of it, since no gripper's force is exact
GENTLE = 2.0  # m/s²; from 3 m/s² the part swings about the line between the pads, long before it slips
ENOUGH = 2.0  # ratio to the friction force that would just hold


async def main(cell: Cell) -> None:
    """Carry each part from its place to the nest of the same number."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    part = cell.workpiece("part")
    force = MARGIN * MAX_FORCE
    needed = ENOUGH * part.mass * math.hypot(GRAVITY, GENTLE) / (2 * part.friction)
    if needed > force:
        raise TaskFailed(f"{needed:.0f} N are needed at {GENTLE:g} m/s², and the part breaks above {MAX_FORCE:g} N")
    await hand.release(part)
    await arm.move_joint(arm.home)
    await station.wait_for("rack_ready")
    for number, (place, nest) in enumerate(zip(cell.places("rack"), cell.places("fixture"), strict=True), 1):
        await pick(arm, hand, part, place, force)
        async with hand.guard():
            await put_down(arm, hand, part, nest)
        cell.part_finished(f"part_{number}")
    await station.pulse("rack_done")


async def pick(arm: Arm, hand: Gripper, part: Workpiece, place: Pose, force: float) -> None:
    """Pick a part from above, and move up again."""
    grasp = await arm.nearest(hand.grasp_poses(part, place.offset(z=part.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    if not (await hand.grip(part, force=force)).held:
        raise TaskFailed("there is no part in the rack")
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE), acceleration=1.0)


async def put_down(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose) -> None:
    """Move across on a straight line, whose acceleration is known, then down."""
    goal = await arm.nearest(hand.grasp_poses(part, nest.offset(z=part.size[2] / 2 + DROP)))
    await arm.move_linear(goal.offset(z=-ABOVE), acceleration=GENTLE)
    await arm.move_linear(goal, acceleration=1.0)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))
