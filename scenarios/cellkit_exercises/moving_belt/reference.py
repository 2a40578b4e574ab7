"""Take parts off a moving belt: seen upstream, followed by the encoder, gripped while arm and belt move together."""

import asyncio
import math
from contextlib import suppress

from cellkit.cell import Cell
from cellkit.devices import AnalogIO, Arm, Gripper, Load, Locating, Workpiece
from cellkit.errors import MotionAborted, TaskFailed
from cellkit.geometry import Pose
from cellkit.motion.tracking import BeltTracker, OnBelt
from cellkit.timing import now, sleep_until

READ = 0.02  # s between two readings of the encoder
AHEAD = 0.15  # m before the gripping place; a part nearer than that is too late
GAP = 0.002  # m above the parts at which the cup waits: suction lifts them this far
ABOVE = 0.08  # m above the belt and the box from which the tool moves straight down
UP_TO_SPEED = 0.15  # s after which the arm is as fast as the belt
LONGEST = 0.20  # m, longest way along the belt
CARRY = 0.6  # of the arm's speed with a part at the cup
DROP = 0.001  # m above the box at which a part is released


async def main(cell: Cell) -> None:
    """Read the encoder all the time, beside the work."""
    encoder = cell.analog_io("encoder")
    signal = encoder.inputs["belt_position"]
    belt = BeltTracker(cell.places("first")[0].rotation[:, 0], signal.high - signal.low)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow(encoder, belt))
        await work(cell, belt)
        following.cancel()


async def follow(encoder: AnalogIO, belt: BeltTracker) -> None:
    """Pass the readings of the encoder to the tracker."""
    while True:
        belt.read(now(), await encoder.read("belt_position"))
        await asyncio.sleep(READ)


async def work(cell: Cell, belt: BeltTracker) -> None:
    """Put one part after the other into its nest."""
    arm, hand, part = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("part")
    vision, seen, first = cell.locator("vision"), cell.places("seen")[0], cell.places("first")[0]
    await hand.release(part)
    await arm.move_joint(arm.home)
    while not belt.steady:  # noqa: ASYNC110  (another task reads the encoder)
        await asyncio.sleep(READ)
    lag = await rehearse(arm, hand, part, belt, first)
    for number, nest in enumerate(cell.places("box")[: cell.quantity], 1):
        found = await see(vision, belt, seen, first)
        held = await pick(arm, hand, part, belt, found, first, lag)
        async with hand.guard():
            await place(arm, hand, part, nest, held)
        cell.part_finished(f"part {number}")
        await arm.move_joint(arm.home)


async def see(vision: Locating, belt: BeltTracker, begin: Pose, end: Pose) -> OnBelt:
    """Return the next part that is in time, with the travel at which the picture was taken, not that of the answer."""
    while True:
        travel = belt.travel(now())
        for one in await vision.locate("part"):
            if way(belt, begin, one.pose) >= 0.0 and way(belt, one.pose, end) >= AHEAD:
                return OnBelt(one.pose, travel)
        await asyncio.sleep(READ)


async def pick(
    arm: Arm, hand: Gripper, part: Workpiece, belt: BeltTracker, found: OnBelt, first: Pose, lag: float
) -> Pose:
    """Wait at the gripping place, run along with the part and grip it; return the tool's pose in the part."""
    travel = found.travel + way(belt, found.pose, first)
    start = await stand_by(arm, hand, part, belt.moved(found, travel))
    while (begin := belt.when(travel) - lag) > now():
        await sleep_until(min(begin, now() + READ))
    motion = run_along(arm, belt, start)
    await asyncio.sleep(UP_TO_SPEED + lag)
    result = await hand.grip(part)
    tool, moment = (await arm.state()).tcp, now()
    await stand_still(arm, motion)
    if not result.held:
        raise TaskFailed("no part under the cup")
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(Pose.from_rpy((0, 0, -ABOVE), frame="tcp"))
    return belt.pose(found, moment).inverse("part") @ tool


async def rehearse(arm: Arm, hand: Gripper, part: Workpiece, belt: BeltTracker, at: Pose) -> float:
    """Return the delay (s) of the arm behind one that has the belt's speed at once, from a motion without a part."""
    start = await stand_by(arm, hand, part, at.offset(z=part.size[2] / 2))
    stood, begun = (await arm.state()).tcp, now()
    motion = run_along(arm, belt, start)
    await asyncio.sleep(4 * UP_TO_SPEED)
    run, lag = math.dist((await arm.state()).tcp.position, stood.position), now() - begun
    await stand_still(arm, motion)
    return lag - run / belt.speed


async def stand_by(arm: Arm, hand: Gripper, part: Workpiece, at: Pose) -> Pose:
    """Wait with the cup just above the future place of a part; return the tool's pose there."""
    start = (await arm.nearest(hand.grasp_poses(part, at))).offset(z=-GAP)
    await arm.move_pose(start)
    return start


def run_along(arm: Arm, belt: BeltTracker, start: Pose) -> "asyncio.Future[None]":
    """Begin a motion along with the belt."""
    end = belt.moved(OnBelt(start, 0.0), LONGEST)
    return asyncio.ensure_future(arm.move_linear(end, speed=belt.speed))


async def stand_still(arm: Arm, motion: "asyncio.Future[None]") -> None:
    """Stop the motion along the belt."""
    await arm.stop()
    with suppress(MotionAborted):
        await motion


async def place(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose, held: Pose) -> None:
    """Put a part into a nest, in the nearer turn; ``held`` is the tool's pose in the part."""
    middle = nest.offset(z=part.size[2] / 2 + DROP)
    goal = await arm.nearest([middle @ turn @ held for turn in part.turns()])
    await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))


def way(belt: BeltTracker, start: Pose, end: Pose) -> float:
    """Return the distance (m) along the belt from one pose to another."""
    return belt.along(end) - belt.along(start)
