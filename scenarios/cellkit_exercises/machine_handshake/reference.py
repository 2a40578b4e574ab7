"""Tend a machine behind a door: each step waits until the report and the signals agree."""

import asyncio

from cellkit.cell import Cell
from cellkit.devices import Arm, Clamping, DigitalIO, Execution, Gripper, Load, Machine, Workpiece
from cellkit.errors import MotionTimeout, TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.23  # m above a part from which the tool moves straight down: above the machine's walls
CARRY = 0.5  # of the arm's speed with a part between the pads
DROP = 0.001  # m above its place at which a part is released
PATIENCE = 10.0  # s, longest time of any step of the machine


async def main(cell: Cell) -> None:
    """Machine one blank after the other."""
    arm, hand, blank = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("blank")
    mill, panel = cell.machine("mill"), cell.io("panel")
    chuck = cell.places("chuck")[0]

    await hand.release(blank)
    await arm.move_joint(arm.home)
    for number, (start, end) in enumerate(zip(cell.places("blanks"), cell.places("finished"), strict=True), 1):
        await panel.write("open_door", True)
        await agree(mill, panel, "door_open", door=Clamping.OPEN)
        await carry(arm, hand, blank, start, chuck)
        await panel.write("close_chuck", True)
        await agree(mill, panel, "chuck_closed", chuck=Clamping.CLOSED)
        await panel.write("open_door", False)
        await agree(mill, panel, "door_closed", door=Clamping.CLOSED)
        await panel.pulse("start_cycle")
        await agree(mill, panel, "cycle_done", execution=Execution.PROGRAM_COMPLETED)
        await panel.write("open_door", True)
        await agree(mill, panel, "door_open", door=Clamping.OPEN)
        await panel.write("close_chuck", False)
        await agree(mill, panel, "chuck_closed", False, chuck=Clamping.OPEN)
        await carry(arm, hand, blank, chuck, end)
        cell.part_finished(f"blank_{number}")


async def agree(
    mill: Machine, panel: DigitalIO, signal: str, on: bool = True, **reported: Clamping | Execution
) -> None:
    """Wait until the signal comes and the report agrees; one of them alone is not enough."""
    outcomes = await asyncio.gather(
        panel.wait_for(signal, on, timeout=PATIENCE),
        mill.wait_for(**reported, timeout=PATIENCE),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    failed = [one for one in outcomes if isinstance(one, BaseException)]
    for one in failed:
        if not isinstance(one, MotionTimeout):
            raise one
    if len(failed) == len(outcomes):
        raise TaskFailed(f"the machine does not come to {signal}")
    if failed:
        raise TaskFailed(f"report and signals do not agree about {signal}")


async def carry(arm: Arm, hand: Gripper, part: Workpiece, start: Pose, end: Pose) -> None:
    """Carry a part from one place to another, by way of the home position: a long way, but free of obstacles."""
    half = part.size[2] / 2
    grasp = await arm.nearest(hand.grasp_poses(part, start.offset(z=half)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    if not (await hand.grip(part)).held:
        raise TaskFailed(f"no part at {start}")
    await arm.set_payload(Load(part.mass))
    async with hand.guard():
        await arm.move_linear(grasp.offset(z=-ABOVE))
        await arm.move_joint(arm.home, speed=CARRY, acceleration=CARRY)
        goal = await arm.nearest(hand.grasp_poses(part, end.offset(z=half + DROP)))
        await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
        await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))
    await arm.move_joint(arm.home)
