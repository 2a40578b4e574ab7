"""Tend a machine behind a door. Start here; text.md describes the task."""

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.23  # m above a part from which the tool moves straight down: above the machine's walls
CARRY = 0.5  # of the arm's speed with a part between the pads
DROP = 0.001  # m above its place at which a part is released


async def main(cell: Cell) -> None:
    """Open the door, and read its state at once; the rest is missing. `carry` moves a part between two places."""
    arm, hand, blank = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("blank")
    mill, panel = cell.machine("mill"), cell.io("panel")
    chuck = cell.places("chuck")[0]

    await hand.release(blank)
    await arm.move_joint(arm.home)
    await panel.write("open_door", True)
    for number, (start, end) in enumerate(zip(cell.places("blanks"), cell.places("finished"), strict=True), 1):
        print(f"part {number}: from {start} into the chuck at {chuck}, from there to {end}")
        print(f"it reports: {await mill.state()}; its signal door_open is {await panel.read('door_open')}")
        # 1. Wait until both signal and report state that the door is open, with a timeout.
        # 2. carry(arm, hand, blank, start, chuck); close the chuck, close the door, start: after each, wait for both.
        # 3. When the program is completed, do all that in reverse: carry(arm, hand, blank, chuck, end).


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
