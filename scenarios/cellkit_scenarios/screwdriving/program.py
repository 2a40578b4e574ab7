"""Drive screws into threads, and judge by torque over angle whether they sit. The program knows roles, not brands."""

import asyncio
from contextlib import suppress
from enum import Enum

from cellkit.cell import Cell
from cellkit.devices import Load, Workpiece
from cellkit.errors import MotionAborted, MotionTimeout, TaskFailed
from cellkit.geometry import Pose
from cellkit.timing import now

PITCH = 0.00125  # m per turn
SPINDLE = 4.0  # turns/s
TOO_FEW, TOO_MANY = 7.0, 9.0  # turns at which a screw sits too early, or not at all
JAMMED = 1.2  # N m that a screw may need on its way at most
TURNING, TURNING_BY = 0.1, 1.5  # N m that a screw needs at least on its way, and turns by which that is felt
DEEP, ENTRY = 0.020, 0.010  # m: depth of a hole, and of its thread
ABOVE = 0.06  # m over a screw or a hole from where the tool moves straight down
CARRY = 0.7  # share of the arm's speed with a screw at the bit
CLEAR = 0.0005  # m over the bottom at which a screw is released, and in front of the thread at which the spindle starts
LOOK = 0.01  # s between two readings of torque and angle
FROZEN = 0.8  # s for which torque may show the very same value while the spindle turns: longer than a dead line takes
FEED, TRIES = 1.0, 3  # s between two tries to fetch a screw, and their number
READY = 5.0  # s that the screwdriver's controller may take


class Verdict(Enum):
    """The verdict on a screw by torque over angle."""

    SITS = "sits"
    CROSSED = "is cross-threaded"
    LOOSE = "does not hold"
    IDLE = "does not turn"


async def main(cell: Cell) -> None:
    """Fill one hole after the other."""
    arm, bit, screw = cell.arm("robot"), cell.gripper("bit"), cell.workpiece("screw")
    await bit.release()
    await arm.move_joint(arm.home)
    for number, hole in enumerate(cell.places("holes")[: cell.quantity], 1):
        await fetch(cell, screw)
        async with bit.guard():
            verdict = await fasten(cell, hole.offset(z=screw.size[2]))
            if verdict is Verdict.CROSSED:
                cell.note(f"hole {number}: the screw {verdict.value}; it is unscrewed and driven once more")
                verdict = await fasten(cell, hole.offset(z=screw.size[2]))
        if verdict in (Verdict.CROSSED, Verdict.IDLE):
            raise TaskFailed(f"hole {number}: the screw {verdict.value}")
        if verdict is not Verdict.SITS:
            cell.note(f"hole {number} is not ok: the screw {verdict.value}")
        await bit.release()
        await arm.set_payload(Load())
        await arm.move_linear(Pose.from_rpy((0, 0, -ABOVE), frame="tcp"))
        cell.part_finished(f"hole {number}")
    await arm.move_joint(arm.home)


async def fetch(cell: Cell, screw: Workpiece) -> None:
    """Fetch a screw from the feeder, its head at the bit."""
    arm, bit = cell.arm("robot"), cell.gripper("bit")
    at = cell.places("feeder")[0].offset(z=screw.size[2] / 2)
    grasp = await arm.nearest(bit.grasp_poses(screw, at))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    for _ in range(TRIES):
        if (await bit.grip(screw)).held:
            await arm.set_payload(Load(screw.mass))
            await arm.move_linear(grasp.offset(z=-ABOVE), speed=0.25)
            return
        await asyncio.sleep(FEED)
    raise TaskFailed(f"the feeder brings no screw within {TRIES * FEED:g} s")


async def fasten(cell: Cell, sitting: Pose) -> Verdict:
    """Bring a screw to its thread and drive it in; ``sitting`` is the final pose of its head."""
    arm, bit, driver = cell.arm("robot"), cell.gripper("bit"), cell.io("driver")
    screw = cell.workpiece("screw")
    goal = await arm.nearest(bit.grasp_poses(screw, sitting.offset(z=CLEAR - screw.size[2] / 2)))
    await arm.move_pose(goal.offset(z=-DEEP - ABOVE), speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal.offset(z=-ENTRY))
    try:
        await driver.wait_for("ready", timeout=READY)
    except MotionTimeout:
        raise TaskFailed(f"the screwdriver is not ready for {READY:g} s") from None
    await driver.write("start", True)
    # The angle must be that of this screw and not of the last one.
    await cell.analog_io("values").wait_for("angle", below=TURNING_BY, timeout=READY)
    into = asyncio.ensure_future(arm.move_linear(goal, speed=PITCH * SPINDLE))
    try:
        verdict = await judge(cell)
        if verdict is Verdict.SITS:
            await into
    finally:
        try:
            await driver.write("start", False)
        finally:  # also when the screwdriver does not answer any more
            await arm.stop()
            with suppress(MotionAborted):
                await into
    if verdict is Verdict.CROSSED:
        await unscrew(cell)
    return verdict


async def judge(cell: Cell) -> Verdict:
    """Watch torque over angle while the spindle turns, until the verdict is known."""
    driver, values = cell.io("driver"), cell.analog_io("values")
    most, last, changed = 0.0, -1.0, now()
    while True:
        sits, gave_up = await driver.read("ok"), await driver.read("nok")
        torque, turns = await values.read("torque"), await values.read("angle")
        most = max(most, torque)
        if torque != last:
            last, changed = torque, now()
        elif now() - changed > FROZEN:
            raise TaskFailed(f"torque stands still at {torque:.2f} N m while the spindle turns")
        if turns < TOO_FEW and (sits or torque > JAMMED):
            return Verdict.CROSSED
        if sits:
            return Verdict.SITS
        if gave_up or turns > TOO_MANY:
            return Verdict.LOOSE
        if turns > TURNING_BY and most < TURNING:
            return Verdict.IDLE
        await asyncio.sleep(LOOK)


async def unscrew(cell: Cell) -> None:
    """Turn the screw out again; the arm goes up with it."""
    arm, driver = cell.arm("robot"), cell.io("driver")
    await driver.write("reverse", True)
    await driver.write("start", True)
    try:
        await arm.move_linear(Pose.from_rpy((0, 0, -ENTRY), frame="tcp"), speed=PITCH * SPINDLE)
    finally:
        await driver.write("start", False)
        await driver.write("reverse", False)
    await arm.move_linear(Pose.from_rpy((0, 0, -DEEP - ABOVE), frame="tcp"))
