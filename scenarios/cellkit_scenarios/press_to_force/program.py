"""Press on a pad until the wrist's sensor measures a force, at several speeds. The program knows roles, not brands."""

import asyncio

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, ForceTorqueSensor
from cellkit.devices.guarded_motion import move_until
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

FORCE = 20.0  # N
SPEEDS = (0.002, 0.005, 0.010)  # m/s, one press after the other
ABOVE = 0.05  # m over the pad between two presses
NEAR = 0.005  # m over the pad from where the press begins
DEEPEST = 0.004  # m below the pad's surface that the tool may go
UNLOADED = 1.5  # N that the unloaded sensor may show


async def main(cell: Cell) -> None:
    """Make as many presses as the order requires."""
    arm, hand, wrist = cell.arm("robot"), cell.gripper("hand"), cell.force_torque("wrist")
    contact = cell.places("contact")[0] @ Pose.from_rpy((0, 0, 0), (np.pi, 0, 0))  # the tool points down
    await arm.move_joint(arm.home)
    await hand.grip()
    for number in range(cell.quantity):
        await arm.move_pose(contact.offset(z=-ABOVE))
        await arm.move_linear(contact.offset(z=-NEAR))
        await asyncio.sleep(0.2)  # until nothing swings any more
        await wrist.zero()
        force = await press(arm, wrist, contact.offset(z=DEEPEST), SPEEDS[number % len(SPEEDS)])
        cell.note(f"stopped at {force:.1f} N")
        await arm.move_linear(contact.offset(z=-NEAR))
        await asyncio.sleep(0.2)
        await check(wrist)
        cell.part_finished(f"press {number + 1}")
    await arm.move_pose(contact.offset(z=-ABOVE))
    await arm.move_joint(arm.home)


async def press(arm: Arm, wrist: ForceTorqueSensor, deepest: Pose, speed: float) -> float:
    """Go down until the force is reached, and stop."""
    force = await move_until(arm, arm.move_linear(deepest, speed=speed), wrist.wait_for(FORCE))
    if force is None:
        raise TaskFailed(f"no {FORCE:g} N felt down to {DEEPEST * 1000:g} mm below the surface")
    return force


async def check(wrist: ForceTorqueSensor) -> None:
    """Check that the unloaded sensor shows zero again."""
    left = float(np.linalg.norm((await wrist.read()).wrench.force))
    if left > UNLOADED:
        raise TaskFailed(f"the sensor shows {left:.1f} N with nothing on it (allowed {UNLOADED:g} N): it drifts")
