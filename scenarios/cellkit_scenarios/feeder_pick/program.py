"""Take parts from a feeder as they come, detected by a distance sensor only. The program knows roles, not brands."""

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, ProximitySensor, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.10  # m over a part from where the tool moves straight down
CARRY = 0.7  # share of the arm's speed while a part hangs between two pads
DROP = 0.001  # m over its nest at which a part is released
NEAR = 0.22  # m; an object that is nearer to the sensor is a part
BACKGROUND, TOLERANCE = 0.30, 0.015  # m; the wall behind the slot, as the sensor must see it when the slot is free
PATIENCE = 20.0  # s that the feeder may take


async def main(cell: Cell) -> None:
    """Fill one nest after the other."""
    arm, hand, sensor = cell.arm("robot"), cell.gripper("hand"), cell.proximity("slot_sensor")
    part, slot = cell.workpiece("part"), cell.places("slot")[0]
    at = slot.offset(z=part.size[2] / 2)

    await hand.release(part)
    await arm.move_joint(arm.home)
    await check(sensor)
    for number, nest in enumerate(cell.places("fixture")[: cell.quantity], 1):
        ready = await arm.nearest(hand.grasp_poses(part, at))
        await arm.move_pose(ready.offset(z=-ABOVE))
        await sensor.wait_for(True, within=NEAR, timeout=PATIENCE)
        await pick(arm, hand, part, ready)
        await check(sensor)
        async with hand.guard():
            await place(arm, hand, part, nest)
        cell.part_finished(f"part_{number}")
    await arm.move_joint(arm.home)


async def pick(arm: Arm, hand: Gripper, part: Workpiece, grasp: Pose) -> None:
    """Fetch the part from the slot."""
    await arm.move_linear(grasp)
    result = await hand.grip(part)
    if not result.held:
        raise TaskFailed(f"the sensor saw a part in the slot, but the hand found: {result.grip.value}")
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE))


async def place(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose) -> None:
    """Put the held part into a nest, standing at ``nest``."""
    goal = await arm.nearest(hand.grasp_poses(part, nest.offset(z=part.size[2] / 2 + DROP)))
    await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))


async def check(sensor: ProximitySensor) -> None:
    """Check with the slot free that the sensor sees the wall behind it at the right distance."""
    seen = await sensor.distance()
    if seen is not None and seen <= NEAR:
        raise TaskFailed(f"the slot was emptied, and the sensor still sees a part {seen:.3f} m away")
    if seen is None or abs(seen - BACKGROUND) > TOLERANCE:
        what = "nothing" if seen is None else f"{seen:.3f} m"
        raise TaskFailed(f"the sensor sees {what} where the wall is {BACKGROUND:g} m away: it drifts, or was moved")
