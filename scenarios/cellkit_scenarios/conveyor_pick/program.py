"""Take parts off a moving belt: seen upstream, followed by the encoder, gripped while arm and belt move together.

The program does not know the speed of the belt or the time that the arm takes to begin. It knows roles, not brands.
"""

import asyncio
import math
from contextlib import suppress

from cellkit.cell import Cell
from cellkit.devices import AnalogIO, Arm, Gripper, Load, Locating, ProximitySensor, Workpiece
from cellkit.errors import MotionAborted, TaskFailed
from cellkit.geometry import Pose
from cellkit.motion.tracking import BeltTracker, OnBelt
from cellkit.timing import now, sleep_until

READ = 0.02  # s between two readings of the encoder
NEAR = 0.05  # m from its expected place within which the camera must see a part
BETWEEN = 0.25  # s between two pictures that must agree with the encoder
AGREE = 0.010  # m by which the pictures may differ
GAP = 0.002  # m over the parts at which the cup waits: suction lifts the parts that far
ABOVE = 0.08  # m over the belt and the box from where the tool moves straight down
UP_TO_SPEED = 0.15  # s after which the arm runs as fast as the belt
LEARN = 0.5  # share of a new measurement of the time that the arm takes to begin
LONGEST = 0.20  # m that the arm runs along, at most
STOPPED = 1.0  # s without any motion after which the belt counts as stopped
DODGE = 0.6  # s for the motion from one place over the belt to another near one
CARRY = 0.6  # share of the arm's speed with a part at the cup
DROP = 0.001  # m over the box at which a part is let go
PATIENCE = 30.0  # s to wait for a part, or for a stopped belt


class Line:
    """The shared state of the tasks: the belt, the detected parts, and the time that the arm takes to begin."""

    def __init__(self, cell: Cell) -> None:
        self.first, self.last, self.eye = (cell.places(name)[0] for name in ("first", "last", "seen"))
        signal = cell.analog_io("encoder").inputs["belt_position"]
        self.belt = BeltTracker(self.first.rotation[:, 0], signal.high - signal.low)
        self.seen: asyncio.Queue[OnBelt] = asyncio.Queue()
        self.lag = 0.0  # s


async def main(cell: Cell) -> None:
    """Pick as many parts as come; a fault of the encoder ends the work as well."""
    line = Line(cell)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow(cell.analog_io("encoder"), line.belt))
        watching = tasks.create_task(watch(cell, cell.proximity("eye"), cell.locator("vision"), line))
        await work(cell, line)
        following.cancel()
        watching.cancel()


async def follow(encoder: AnalogIO, belt: BeltTracker) -> None:
    """Read the encoder all the time."""
    while True:
        belt.read(now(), await encoder.read("belt_position"))
        await asyncio.sleep(READ)


async def watch(cell: Cell, eye: ProximitySensor, vision: Locating, line: Line) -> None:
    """Locate each part that the eye detects, by two pictures that must agree with the encoder."""
    while True:
        await eye.wait_for(True, timeout=PATIENCE)
        first = await look(vision, line.belt, line.eye)
        await asyncio.sleep(BETWEEN)
        second = first and await look(vision, line.belt, line.belt.pose(first, now()))
        if first is None or second is None:
            cell.note("the eye has seen something, but the camera sees no part there")
        else:
            off = line.belt.along(second.pose) - line.belt.along(line.belt.moved(first, second.travel))
            if abs(off) > AGREE:
                raise TaskFailed(f"camera and encoder do not agree: a part moved {off * 1000:+.0f} mm on the belt")
            line.seen.put_nowait(second)
        await eye.wait_for(False, timeout=PATIENCE)


async def look(vision: Locating, belt: BeltTracker, at: Pose) -> OnBelt | None:
    """Return the part near ``at``, with the belt's travel at the time of the picture: locating it takes a while."""
    travel = belt.travel(now())
    parts = [part.pose for part in await vision.locate("part")]
    nearest = min(parts, key=lambda pose: abs(belt.along(pose) - belt.along(at)), default=None)
    if nearest is None or abs(belt.along(nearest) - belt.along(at)) > NEAR:
        return None
    return OnBelt(nearest, travel)


async def work(cell: Cell, line: Line) -> None:
    """Pick one part after the other."""
    arm, hand, part = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("part")
    nests = list(cell.places("box"))
    await hand.release(part)
    await arm.move_joint(arm.home)
    while not line.belt.steady:  # noqa: ASYNC110  (`follow` reads the encoder)
        await asyncio.sleep(READ)
    await rehearse(arm, hand, part, line)
    for number in range(1, cell.quantity + 1):
        found = await line.seen.get()
        held = await pick(cell, found, line)
        if held is not None:
            async with hand.guard():
                await place(arm, hand, part, nests.pop(0), held)
            cell.part_finished(f"part {number}")
            await arm.move_joint(arm.home)  # from here the arm reaches the whole window the same way


async def rehearse(arm: Arm, hand: Gripper, part: Workpiece, line: Line) -> None:
    """Run along once without a part, to measure the time that the arm takes to begin."""
    start = await stand_by(arm, hand, part, line.first.offset(z=part.size[2] / 2))
    async with Ride(arm, start, line.belt) as ride:
        await asyncio.sleep(4 * UP_TO_SPEED)
        line.lag = await ride.behind()


async def pick(cell: Cell, found: OnBelt, line: Line) -> Pose | None:
    """Grip a part as it passes; return the tool's pose seen from the part, or None when no part is left to grip."""
    arm, hand, part, belt = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("part"), line.belt
    goal = belt.moved(found, found.travel + belt.along(line.first) - belt.along(found.pose))
    while True:
        start = await stand_by(arm, hand, part, goal)
        if await pass_by(cell, found, goal, line):
            break
        goal = belt.pose(found, now() + DODGE + line.lag)  # the part has moved on
        if belt.along(goal) > belt.along(line.last):
            cell.note("a part has come too late for the arm and is let go by")
            return None
    async with Ride(arm, start, belt) as ride:
        await asyncio.sleep(UP_TO_SPEED + line.lag)
        result = await hand.grip(part)
        caught = result.held and belt.steady
        if caught:
            moment, tool = await ride.where()
            held = belt.pose(found, moment).inverse("part") @ tool
            line.lag += LEARN * (await ride.behind() - line.lag)
    if caught:
        await arm.set_payload(Load(part.mass))
    else:
        cell.note(
            "the belt has stopped under the hand" if result.held else "there is nothing to grip where a part was due"
        )
        await hand.release(part)  # without a part the cup would take the next thing that it touches
    await arm.move_linear(Pose.from_rpy((0, 0, -ABOVE), frame="tcp"))
    return held if caught else None


async def stand_by(arm: Arm, hand: Gripper, part: Workpiece, at: Pose) -> Pose:
    """Wait with the cup just over the place where a part will be; return the tool's pose there."""
    start = (await arm.nearest(hand.grasp_poses(part, at))).offset(z=-GAP)
    await arm.move_pose(start)
    return start


async def pass_by(cell: Cell, found: OnBelt, goal: Pose, line: Line) -> bool:
    """Wait until the arm must begin, to run along with the part from ``goal`` on; False: it is too late."""
    belt, ran, noted = line.belt, now(), False
    travel = found.travel + belt.along(goal) - belt.along(found.pose)
    while (begin := belt.when(travel) - line.lag) > now():
        if belt.runs:
            ran = now()
        elif now() - ran > PATIENCE:
            raise TaskFailed(f"the belt has stood for {PATIENCE:g} s")
        elif now() - ran > STOPPED and not noted:
            cell.note("the belt stands, with a part before the arm")
            noted = True
        await sleep_until(min(begin, now() + READ))
    return belt.steady and now() - begin < READ


class Ride:
    """The arm runs along with the belt from ``start`` on, at the belt's speed; it stands still when the block ends."""

    def __init__(self, arm: Arm, start: Pose, belt: BeltTracker) -> None:
        self.arm, self.belt, self.speed = arm, belt, abs(belt.speed)
        self.start = OnBelt(start, 0.0)

    async def __aenter__(self) -> "Ride":
        self.stood = (await self.arm.state()).tcp
        self.begun = now()
        end = self.belt.moved(self.start, LONGEST)
        self.motion = asyncio.ensure_future(self.arm.move_linear(end, speed=self.speed))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.arm.stop()
        with suppress(MotionAborted):
            await self.motion

    async def run(self) -> tuple[float, float]:
        """Return how far (m) the arm has run along, and at which time (s)."""
        before = now()
        tcp = (await self.arm.state()).tcp
        return math.dist(tcp.position, self.stood.position), (before + now()) / 2

    async def where(self) -> tuple[float, Pose]:
        """Return the time (s) and the tool's pose at that time."""
        run, moment = await self.run()
        return moment, self.belt.moved(self.start, run)

    async def behind(self) -> float:
        """Return the delay (s) of the arm behind one that would have had the belt's speed at once."""
        run, moment = await self.run()
        return moment - self.begun - run / self.speed


async def place(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose, held: Pose) -> None:
    """Put a part, held at ``held``, into a nest, in the nearer of its orientations."""
    middle = nest.offset(z=part.size[2] / 2 + DROP)
    goal = await arm.nearest([middle @ turn @ held for turn in part.turns()])
    await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))
