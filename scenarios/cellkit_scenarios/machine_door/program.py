"""Tend a machine behind a door: its report and its signals must tell the same. Knows roles, not brands."""

import asyncio

from cellkit.cell import Cell
from cellkit.devices import Arm, Clamping, DigitalIO, Execution, Gripper, Load, Machine, Workpiece
from cellkit.errors import MotionTimeout, TaskFailed
from cellkit.geometry import Pose

ABOVE = 0.23  # m over a part from where the tool moves straight down: over the machine's walls
CARRY = 0.5  # of the arm's speed while a part hangs between two pads: a faster one swings between them
DROP = 0.001  # m over its place at which a part is let go
DOOR, CHUCK, CYCLE = 10.0, 5.0, 60.0  # s that the machine may take
AGREE = 2.0  # s within which report and signals must tell the same


async def main(cell: Cell) -> None:
    """One blank after the other."""
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    mill, panel = cell.machine("mill"), cell.io("panel")
    blank, chuck = cell.workpiece("blank"), cell.places("chuck")[0]
    racks = zip(cell.places("blanks"), cell.places("finished"), strict=True)

    await hand.release(blank)
    await arm.move_joint(arm.home)
    for number, (start, end) in list(enumerate(racks, 1))[: cell.quantity]:
        await open_door(mill, panel)
        await carry(arm, hand, blank, start, chuck)
        await panel.write("close_chuck", True)
        await agree(mill, panel, "chuck_closed", CHUCK, chuck=Clamping.CLOSED)
        await run_cycle(mill, panel)
        await open_door(mill, panel)
        await panel.write("close_chuck", False)
        await mill.wait_for(chuck=Clamping.OPEN, timeout=CHUCK)
        await carry(arm, hand, blank, chuck, end)
        cell.part_finished(f"blank_{number}")
    await panel.write("open_door", False)


async def open_door(mill: Machine, panel: DigitalIO) -> None:
    """The arm goes in only through a door that both ways say is open."""
    await panel.write("open_door", True)
    await agree(mill, panel, "door_open", DOOR, door=Clamping.OPEN)


async def run_cycle(mill: Machine, panel: DigitalIO) -> None:
    """Close the door, let the program run, and wait for its end."""
    await panel.write("open_door", False)
    await agree(mill, panel, "door_closed", DOOR, door=Clamping.CLOSED)
    await panel.pulse("start_cycle")
    await mill.wait_for(execution=Execution.ACTIVE, timeout=AGREE)
    await agree(mill, panel, "cycle_done", CYCLE, execution=Execution.PROGRAM_COMPLETED)


async def agree(
    mill: Machine, panel: DigitalIO, signal: str, patience: float, **reported: Clamping | Execution
) -> None:
    """Wait until the signal is on and the report tells the same; one of them alone is not believed."""
    signalled = asyncio.ensure_future(panel.wait_for(signal, True, timeout=patience))
    told = asyncio.ensure_future(mill.wait_for(**reported, timeout=patience))  # type: ignore[arg-type]
    try:
        done, open_ = await asyncio.wait({signalled, told}, return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()
        if open_:
            await asyncio.wait(open_, timeout=AGREE)
        if not (signalled.done() and told.done()):
            late = f"the signal {signal}" if told.done() else f"the report of {', '.join(reported)}"
            raise TaskFailed(f"{late} does not follow within {AGREE:g} s: machine and signals do not agree")
        signalled.result()
        told.result()
    except MotionTimeout as error:
        raise TaskFailed(f"the machine does not come to {signal}: {error.message}") from None
    finally:
        for one in (signalled, told):
            one.cancel()
        await asyncio.wait({signalled, told})


async def carry(arm: Arm, hand: Gripper, part: Workpiece, start: Pose, end: Pose) -> None:
    """From one place to another, by way of the home position: far round, but nothing stands there."""
    half = part.size[2] / 2
    grasp = await arm.nearest(hand.grasp_poses(part, start.offset(z=half)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    result = await hand.grip(part)
    if not result.held:
        raise TaskFailed(f"expected a part at {start}, but found: {result.grip.value}")
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
