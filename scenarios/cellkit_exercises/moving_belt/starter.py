"""Take parts off a moving belt. Start here; text.md describes the task. Only `pick` is missing."""

import asyncio
from contextlib import suppress

from cellkit.cell import Cell
from cellkit.devices import AnalogIO, Arm, Gripper, Load, Locating, Workpiece
from cellkit.errors import MotionAborted
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
    for number, nest in enumerate(cell.places("box")[: cell.quantity], 1):
        found = await see(vision, belt, seen, first)
        held = await pick(arm, hand, part, belt, found, first)
        if held is None:
            continue
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


async def pick(arm: Arm, hand: Gripper, part: Workpiece, belt: BeltTracker, found: OnBelt, first: Pose) -> Pose | None:
    """Wait at the gripping place, and let the part go by. Return the tool's pose in the part; None: it is not held."""
    travel = found.travel + way(belt, found.pose, first)
    await stand_by(arm, hand, part, belt.moved(found, travel))
    await sleep_until(belt.when(travel))
    print(f"the belt runs at {belt.speed:.3f} m/s; at {now():.2f} s the part passes by under the cup")
    # 1. Begin to run along before that (run_along), and grip once the arm is as fast as the belt.
    # 2. Note the poses of tool and part at one moment: (await arm.state()).tcp and belt.pose(found, now()).
    # 3. stand_still, set the payload, and move straight up. The arm starts a little late: by how much?
    return None


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
