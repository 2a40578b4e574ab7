"""Tend a machine with two grippers, one for fresh and one for finished parts. The program knows roles, not brands.

Each part is machined on both sides: after the first operation it is turned over on a stand, about the gripper's own
axis. While the machine works on one part, the arm turns over, puts away or fetches another part. It comes with the next
part in the fresh gripper, takes the other out with the done gripper, and the door opens once for both.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, Clamping, DigitalIO, Execution, Gripper, Load, Machine, Workpiece
from cellkit.errors import MotionTimeout, TaskFailed
from cellkit.geometry import Array, Pose

ABOVE = 0.16  # m over a part from where a gripper moves straight down: over the machine's walls, and other parts
HIGH = 0.30  # m over the robot's base: over the walls of the machine and all obstacles
BACK = 0.06  # m before a part from where a leaning gripper moves straight to it
LIFT = 0.06  # m over the stand at which a part is turned
LEAN = math.pi / 4  # rad from the vertical
NEAR = 0.35  # m from a station within which the arm goes straight there
CARRY = 0.4  # share of the arm's speed while a part hangs between two pads: faster, it would swing
DROP = 0.001  # m over its place at which a part is released
DOOR, CHUCK, CYCLE = 10.0, 5.0, 60.0  # s that the machine may take
AGREE = 2.0  # s within which report and signals must agree


@dataclass
class Part:
    """One part: its goal and the number of finished sides."""

    number: int
    goal: Pose
    sides: int = 0


class Hands:
    """The arm and its two grippers. Only one gripper works at a time; both may hold a part."""

    def __init__(self, cell: Cell, part: Workpiece) -> None:
        self.cell, self.part = cell, part
        self.arm: Arm = cell.arm("robot")
        self.hands: dict[str, Gripper] = {role: cell.gripper(role) for role in ("fresh", "done")}
        self.half = part.size[2] / 2
        self.ready = self.arm.home

    async def open(self) -> None:
        """Open both grippers and move the arm over all stations, where it passes from one to the next."""
        for hand in self.hands.values():
            await hand.release(self.part)
        await self.arm.move_joint(self.arm.home)
        low = HIGH - float((await self.arm.state()).tcp.position[2])
        if low > 0.0:
            await self.arm.move_linear(Pose.from_rpy((0.0, 0.0, -low), frame="tcp"))
        self.ready = (await self.arm.state()).joints.position

    async def pass_on(self, station: Pose) -> None:
        """Move to the pose from which every station is reached in one posture, then half of the turn from there."""
        async with self.guarded():
            await self.arm.move_joint(self.ready, speed=self.pace, acceleration=self.pace)
            tcp = (await self.arm.state()).tcp
            (x, y, _), (to_x, to_y, _) = tcp.position, station.position
            half = (math.atan2(to_y, to_x) - math.atan2(y, x)) / 2
            round_ = Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, half)) @ tcp
            await self.arm.move_pose(round_, speed=self.pace, acceleration=self.pace)

    async def pick(self, role: str, place: Pose) -> bool:
        """Take a part from above; return False, with the gripper up and open again, without a part."""
        grasp = await self.over(role, place.offset(z=self.half))
        async with self.guarded():
            await self.arm.move_linear(grasp)
        held = await self.grip(role)
        async with self.guarded():
            await self.arm.move_linear(grasp.shifted(z=ABOVE))
        return held

    async def put(self, role: str, place: Pose, lean: float = 0.0) -> Pose:
        """Put a part down from above and return how the gripper held it."""
        goal = await self.over(role, place.offset(z=self.half + DROP), lean)
        async with self.guarded():
            await self.arm.move_linear(goal)
        await self.let_go(role)
        async with self.guarded():
            await self.arm.move_linear(goal.shifted(z=ABOVE))
        return goal

    async def over(self, role: str, middle: Pose, lean: float = 0.0) -> Pose:
        """Bring a gripper over a part, the other gripper beside it; return a grasp from which it can ``lean`` (rad)."""
        if float(np.linalg.norm((await self.arm.state()).tcp.position - middle.position)) > NEAR:
            await self.pass_on(middle)
        await self.use(role)
        leant = middle @ Pose.from_rpy((0.0, 0.0, 0.0), (lean, 0.0, 0.0))
        way = await self.arm.nearest(self.beside(role, leant, along=leant.rotation[:, 1]))
        grasp = middle @ leant.inverse("part") @ way
        async with self.guarded():
            await self.arm.move_pose(grasp.shifted(z=ABOVE), speed=self.pace, acceleration=self.pace)
        return grasp

    async def turn_over(self, role: str, stand: Pose) -> None:
        """Put the cube on the stand and turn it upside down by two quarter turns, leaning to one side and the other."""
        upright = await self.put(role, stand, lean=-LEAN)
        for _ in range(2):
            await self.quarter(role, stand.offset(z=self.half), upright)

    async def quarter(self, role: str, middle: Pose, upright: Pose) -> None:
        """Turn the part by a quarter about the x axis of the place; the gripper leans half of that from ``upright``."""
        arm = self.arm
        lean_before, lean_after = (middle @ Pose.from_rpy((0.0, 0.0, 0.0), (lean, 0.0, 0.0)) for lean in (-LEAN, LEAN))
        first = min(
            self.beside(role, lean_before, along=lean_before.rotation[:, 1]), key=lambda way: upright.distance(way)[1]
        )
        last = lean_after @ lean_before.inverse("part") @ first
        await arm.move_linear(first.offset(z=-BACK))
        await arm.move_linear(first)
        if not await self.grip(role):
            raise TaskFailed("expected a part on the stand")
        async with self.guarded():
            await arm.move_linear(first.shifted(z=LIFT))
            await arm.move_linear(last.shifted(z=LIFT))
            await arm.move_linear(last.shifted(z=DROP))
        await self.let_go(role)
        await arm.move_linear(last.offset(z=-BACK))

    def beside(self, role: str, part: Pose, along: Array) -> list[Pose]:
        """Return the two grasps along the part's z axis with the other gripper furthest along or against ``along``."""
        own, other = (self.cell.tool(name).tcp for name in (role, *(self.hands.keys() - {role})))
        to_other = own.inverse("tcp") @ other

        def way_to_other(way: Pose) -> float:
            return float(((way @ to_other).position - way.position) @ along)

        ways = sorted(self.hands[role].grasp_poses(self.part, part), key=way_to_other)
        return [ways[0], ways[-1]]

    async def use(self, role: str) -> None:
        """Make a gripper the one that works."""
        if self.arm.tool is not self.cell.tool(role):
            await self.arm.set_tool(self.cell.tool(role))

    async def grip(self, role: str) -> bool:
        """Close a gripper; return False, with the gripper open again, when it holds nothing."""
        result = await self.hands[role].grip(self.part)
        if not result.held:
            await self.hands[role].release(self.part)
        await self.weigh()
        return result.held

    async def let_go(self, role: str) -> None:
        """Open a gripper."""
        await self.hands[role].release(self.part)
        await self.weigh()

    async def weigh(self) -> None:
        """Set the payload of the arm to the parts that its grippers hold."""
        count = sum(hand.holding for hand in self.hands.values())
        await self.arm.set_payload(Load(count * self.part.mass))

    @property
    def pace(self) -> float:
        """The share of its speed at which the arm may swing the held parts."""
        return CARRY if any(hand.holding for hand in self.hands.values()) else 1.0

    @contextlib.asynccontextmanager
    async def guarded(self) -> AsyncIterator[None]:
        """Guard the parts in both grippers."""
        async with contextlib.AsyncExitStack() as stack:
            for hand in self.hands.values():
                if hand.holding:
                    await stack.enter_async_context(hand.guard())
            yield


class Station:
    """The machine: its report and its signals must agree."""

    def __init__(self, cell: Cell) -> None:
        self.mill: Machine = cell.machine("mill")
        self.panel: DigitalIO = cell.io("panel")
        self.chuck = cell.places("chuck")[0]
        self.inside: Part | None = None

    async def open_door(self) -> None:
        """Open the door: the arm enters only when report and signals both state that it is open."""
        await self.panel.write("open_door", True)
        await self.agree("door_open", DOOR, door=Clamping.OPEN)

    async def clamp(self) -> None:
        """Close the chuck."""
        await self.panel.write("close_chuck", True)
        await self.agree("chuck_closed", CHUCK, chuck=Clamping.CLOSED)

    async def unclamp(self) -> None:
        """Open the chuck."""
        await self.panel.write("close_chuck", False)
        await self.agree("chuck_closed", CHUCK, on=False, chuck=Clamping.OPEN)

    async def start(self) -> None:
        """Close the door and let the program run."""
        await self.panel.write("open_door", False)
        await self.agree("door_closed", DOOR, door=Clamping.CLOSED)
        await self.panel.pulse("start_cycle")
        await self.mill.wait_for(execution=Execution.ACTIVE, timeout=AGREE)

    async def finished(self) -> None:
        """Wait for the program's end."""
        await self.agree("cycle_done", CYCLE, execution=Execution.PROGRAM_COMPLETED)

    async def agree(self, signal: str, patience: float, on: bool = True, **reported: Clamping | Execution) -> None:
        """Wait until the signal comes and the report agrees; one of them alone is not trusted."""
        signalled = asyncio.ensure_future(self.panel.wait_for(signal, on, timeout=patience))
        reported_too = asyncio.ensure_future(self.mill.wait_for(**reported, timeout=patience))  # type: ignore[arg-type]
        try:
            done, open_ = await asyncio.wait({signalled, reported_too}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if open_:
                await asyncio.wait(open_, timeout=AGREE)
            if not (signalled.done() and reported_too.done()):
                late = f"the signal {signal}" if reported_too.done() else f"the report of {', '.join(reported)}"
                raise TaskFailed(f"{late} does not follow within {AGREE:g} s: machine and signals do not agree")
            signalled.result()
            reported_too.result()
        except MotionTimeout as error:
            raise TaskFailed(f"the machine does not come to {signal}: {error.message}") from None
        finally:
            for task in (signalled, reported_too):
                task.cancel()
            await asyncio.wait({signalled, reported_too})


async def main(cell: Cell) -> None:
    """Work as long as a part is to be brought or to be taken out."""
    hands, station = Hands(cell, cell.workpiece("blank")), Station(cell)
    stand = cell.places("stand")[0]
    racks = zip(cell.places("blanks"), cell.places("finished"), strict=True)
    blanks = iter([(start, Part(number, goal)) for number, (start, goal) in enumerate(racks, 1)][: cell.quantity])
    turned: Part | None = None

    await hands.open()
    await station.open_door()
    while True:
        if turned is not None:
            coming: Part | None = turned
            turned = None
            if not await hands.pick("fresh", stand):
                raise TaskFailed("expected a part on the stand")
        else:
            coming = await fetch(cell, hands, blanks)
        if coming is None and station.inside is None:
            break
        out = await exchange(hands, station, coming)
        if out is not None and out.sides == 1:
            await hands.turn_over("done", stand)
            turned = out
        elif out is not None:
            await hands.put("done", out.goal)
            cell.part_finished(f"blank_{out.number}")
    await station.panel.write("open_door", False)
    await hands.arm.move_joint(hands.arm.home)


async def fetch(cell: Cell, hands: Hands, blanks: Iterator[tuple[Pose, Part]]) -> Part | None:
    """Fetch the next blank with the fresh gripper; skip empty places."""
    for start, part in blanks:
        if await hands.pick("fresh", start):
            return part
        cell.note(f"no blank {part.number} in the rack: left out")
    return None


async def exchange(hands: Hands, station: Station, coming: Part | None) -> Part | None:
    """Take out the part inside, put in the next one, and let the machine work on it; the door opens once."""
    out, station.inside = station.inside, coming
    if out is not None:
        await station.finished()
        out.sides += 1
        await station.open_door()
        grasp = await hands.over("done", station.chuck.offset(z=hands.half))
        async with hands.guarded():
            await hands.arm.move_linear(grasp)
        if not await hands.grip("done"):
            raise TaskFailed("expected a part in the chuck")
        await station.unclamp()
        async with hands.guarded():
            await hands.arm.move_linear(grasp.shifted(z=ABOVE))
    if coming is not None:
        await station.open_door()
        goal = await hands.over("fresh", station.chuck.offset(z=hands.half + DROP))
        async with hands.guarded():
            await hands.arm.move_linear(goal)
        await station.clamp()
        await hands.let_go("fresh")
        async with hands.guarded():
            await hands.arm.move_linear(goal.shifted(z=ABOVE))
            await station.start()
    return out
