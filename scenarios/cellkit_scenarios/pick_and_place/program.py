"""Pick parts from a tray and place them in a fixture, tray after tray. The program knows roles, not brands."""

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.08  # m over a part from where the tool moves straight down
CARRY = 0.7  # share of the arm's speed while a part hangs between two pads: it must not slip
DROP = 0.001  # m over its nest at which a part is released


async def main(cell: Cell) -> None:
    """Fill one fixture after the other, until the order is done."""
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    vision, station = cell.locator("vision"), cell.io("station")
    part, nests = cell.workpiece("part"), cell.places("fixture")

    await hand.release(part)
    await arm.move_joint(arm.home)
    left = cell.quantity
    while left > 0:
        await station.wait_for("tray_ready")
        found = await vision.locate("part")
        if len(found) < min(left, len(nests)):
            raise TaskFailed(f"{min(left, len(nests))} parts were to come, but the camera sees {len(found)}")
        for seen, nest in zip(found, nests, strict=False):
            await pick(arm, hand, part, seen.pose)
            async with hand.guard():
                await place(arm, hand, part, nest)
            cell.part_finished(seen.name)
            left -= 1
        await station.pulse("tray_done")
    await arm.move_joint(arm.home)


async def pick(arm: Arm, hand: Gripper, part: Workpiece, at: Pose) -> None:
    """Fetch the part that lies at ``at``."""
    grasp = await arm.nearest(hand.grasp_poses(part, at))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    result = await hand.grip(part)
    if not result.held:
        raise TaskFailed(f"expected a part at {at}, but found: {result.grip.value}")
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE))


async def place(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose) -> None:
    """Put the held part into a nest, standing at ``nest``."""
    middle = nest.offset(z=part.size[2] / 2 + DROP)
    goal = await arm.nearest(hand.grasp_poses(part, middle))
    await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))
