"""Insert pegs into holes that are not exactly where they were taught, by force. The program knows roles, not brands."""

import asyncio
import math

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, ForceTorqueSensor, Gripper, Load, Waypoint, Workpiece
from cellkit.devices.guarded_motion import move_until
from cellkit.errors import TaskFailed
from cellkit.geometry import Array, Pose
from cellkit.motion.spiral_search import spiral

DEPTH = 0.020  # m from the top of a block to the bottom of its hole
STIFFNESS = 50_000.0  # N/m of gripper, block and stand together, estimated
GRIP = 40.0  # N; the peg must not slip when it is pushed
ABOVE = 0.10  # m over a peg or a hole from where the tool moves straight down
CARRY = 0.2  # share of the arm's speed and acceleration while a peg hangs between two pads: it has to stay upright
NEAR = 0.004  # m over a block's top, as taught, from where the peg goes slowly
SLOW = 0.002  # m/s until it touches
CONTACT = 8.0  # N at which the peg counts as touching
TOUCHING = 3.0  # N; with less the peg stands on nothing
HELD_UP = 6.0  # N sideways; friction alone gives less
LIGHT = 2.0  # N sideways that may remain
ENTERED = 0.003  # m from which on a peg is in the hole and no longer on its rim
STROKE = 0.004  # m per step from there on
TURN = 12  # points of the spiral per step
RADIUS, PITCH = 0.0032, 0.0008  # m: largest offset of the hole from where it was taught, and pitch of the search
SEARCH = 0.004  # m/s along the spiral
PUSH = 0.004  # m/s into the hole
FULL = 20.0  # N at which pushing ends: at the bottom, or where the peg jams
SHORT = 0.0015  # m over the bottom that still counts as the bottom: the block's height is not known better
TRIES = 5  # pushes until a peg counts as jammed
BACK = 0.0005  # m to go back where it jams
LOOKS = 2  # checks of the sensor's drift: a peg may settle between the pads once
STEADY, DRIFT = 0.8, 0.5  # s in which the unloaded sensor may drift by at most so many N


class Feeling:
    """The wrist's force in the axes of the tool centre point: x and y across, z the push against the tool's tip."""

    def __init__(self, arm: Arm, wrist: ForceTorqueSensor) -> None:
        self._arm, self._wrist = arm, wrist

    def at_tip(self, force: Array) -> Array:
        """Return the force (3,) in N in the axes of the tool, positive z when something presses against it."""
        x, y, z = self._arm.tool.tcp.rotation.T @ force
        return np.array([x, y, -z])

    async def now(self) -> Array:
        """Return the present force, with the arm at rest."""
        await asyncio.sleep(0.1)  # until nothing swings any more
        return self.at_tip((await self._wrist.read()).wrench.force)

    async def pressed(self, force: float) -> Array:
        """Wait until something presses with ``force`` N."""
        return self.at_tip(await self._wrist.wait_until(lambda felt: self.at_tip(felt)[2] >= force))

    async def caught(self) -> Array:
        """Wait until a peg that slides on a block stands on nothing, or is held up sideways."""

        def reached(felt: Array) -> bool:
            x, y, push = self.at_tip(felt)
            return bool(push < TOUCHING or math.hypot(x, y) > HELD_UP)

        return self.at_tip(await self._wrist.wait_until(reached))


async def main(cell: Cell) -> None:
    """Insert one peg after the other; leave out and note a peg that is missing or jams."""
    arm, hand, wrist = cell.arm("robot"), cell.gripper("hand"), cell.force_torque("wrist")
    peg = cell.workpiece("peg")
    holes = [cell.places(name)[0] for name in ("hole_wide", "hole_middle", "hole_tight")]
    await hand.release(peg)
    await arm.move_joint(arm.home)
    for number, (holder, hole) in enumerate(zip(cell.places("holder"), holes, strict=True), 1):
        if number > cell.quantity:
            break
        grasp = await arm.nearest(hand.grasp_poses(peg, holder.offset(z=peg.size[2] / 2)))
        if not await pick(arm, hand, peg, grasp):
            cell.note(f"no peg in holder {number}")
            continue
        async with hand.guard():
            seated = hole @ holder.inverse("holder") @ grasp
            try:
                await insert(cell, arm, wrist, seated)
            except Jammed as jam:
                cell.note(f"peg {number} {jam}")
                await arm.move_linear(seated.offset(z=-ABOVE))
                aside = cell.places("rejects")[number - 1].offset(z=peg.size[2] / 2 + 0.001)
                goal = await arm.nearest(hand.grasp_poses(peg, aside))
                await arm.move_pose(goal.offset(z=-ABOVE))
                await arm.move_linear(goal)
        await hand.release(peg)
        await arm.set_payload(Load())
        await arm.move_linear(Pose.from_rpy((0, 0, -ABOVE), frame="tcp"))
        cell.part_finished(f"peg {number}")
    await arm.move_joint(arm.home)


class Jammed(Exception):
    """The peg does not go in; the message states its depth and the force."""


async def pick(arm: Arm, hand: Gripper, peg: Workpiece, grasp: Pose) -> bool:
    """Fetch the peg out of a holder; return False when the holder is empty."""
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    held = (await hand.grip(peg, force=GRIP)).held
    if held:
        await arm.set_payload(Load(peg.mass))
    else:
        await hand.release(peg)
    await arm.move_linear(grasp.offset(z=-ABOVE))
    return held


async def insert(cell: Cell, arm: Arm, wrist: ForceTorqueSensor, seated: Pose) -> None:
    """Find the hole and push the held peg to its bottom. ``seated`` is the taught pose of the tool then."""
    feel = Feeling(arm, wrist)
    await arm.move_linear(seated.offset(z=-ABOVE), speed=CARRY)
    await arm.move_linear(seated.offset(z=-DEPTH - NEAR))
    seated = (await here(arm)).offset(z=DEPTH + NEAR)
    await steady(wrist)
    top = await touch(arm, feel, seated)
    way = spiral(RADIUS, PITCH)
    while not await enter(arm, feel, top):
        await arm.move_linear(top.offset(*way[0]), speed=SLOW)
        if not await slide(arm, feel, top, way):
            raise TaskFailed(f"no hole found within {RADIUS * 1000:g} mm")
    await push(arm, feel, top)


async def steady(wrist: ForceTorqueSensor) -> None:
    """Zero the sensor and check that it stays at zero."""
    left = 0.0
    for _ in range(LOOKS):
        await asyncio.sleep(0.2)  # until nothing swings any more
        await wrist.zero()
        await asyncio.sleep(STEADY)
        left = float(np.linalg.norm((await wrist.read()).wrench.force))
        if left <= DRIFT:
            return
    raise TaskFailed(f"the sensor runs away by {left:.1f} N in {STEADY:g} s with nothing on it: it drifts")


async def touch(arm: Arm, feel: Feeling, seated: Pose) -> Pose:
    """Go down until the peg stands on something; return the tool's pose at the block's top, as known then."""
    lowest = seated.offset(z=-DEPTH + NEAR)
    felt = await move_until(arm, arm.move_linear(lowest, speed=SLOW), feel.pressed(CONTACT))
    if felt is None:  # it went straight into its hole, or the block is missing: the bottom decides
        return seated.offset(z=-DEPTH)
    return await here(arm)


async def slide(arm: Arm, feel: Feeling, top: Pose, way: list[tuple[float, float]]) -> bool:
    """Slide along the rest of the path until the peg is over the hole or its rim; return False if it never was."""
    while way:
        turn, rest = way[:TURN], way[TURN:]
        path = [Waypoint(top.offset(x, y), PITCH / 4) for x, y in turn]
        felt = await move_until(arm, arm.move_path(path, speed=SEARCH), feel.caught())
        if felt is not None:
            x, y, _ = (top.inverse("top") @ await here(arm)).position
            nearest = min(range(len(turn)), key=lambda point: math.dist(turn[point], (x, y)))
            way[:] = turn[nearest + 1 :] + rest
            return True
        way[:] = rest
    return False


async def enter(arm: Arm, feel: Feeling, top: Pose) -> bool:
    """Go down in small steps, giving way sideways; return True in the hole, False on the block."""
    for _ in range(TRIES):
        await give_way(arm, feel)
        depth = await down(arm, feel, top, ENTERED)
        if depth is None:
            return True
    return False


async def push(arm: Arm, feel: Feeling, top: Pose) -> None:
    """Push the peg to the bottom, giving way sideways. Raise ``Jammed``."""
    goal, tries = ENTERED, 0
    while True:
        await give_way(arm, feel)
        depth = await down(arm, feel, top, goal)
        if depth is None:
            goal += STROKE
            if goal > DEPTH + NEAR:
                raise TaskFailed(f"no bottom felt {goal * 1000:.0f} mm below the block's top")
        elif depth > DEPTH - SHORT:
            return
        else:
            tries += 1
            if tries > TRIES:
                raise Jammed(f"jams {depth * 1000:.0f} mm deep with {FULL:g} N")
            await arm.move_linear((await here(arm)).offset(z=-BACK), speed=SLOW)


async def down(arm: Arm, feel: Feeling, top: Pose, depth: float) -> float | None:
    """Push straight down to a depth below the block's top; return the depth where it was held up, or None."""
    x, y, z = (top.inverse("top") @ await here(arm)).position
    if z >= depth:
        return None
    goal = top.offset(float(x), float(y), depth)
    if await move_until(arm, arm.move_linear(goal, speed=PUSH), feel.pressed(FULL)) is None:
        return None
    return float((top.inverse("top") @ await here(arm)).position[2])


async def give_way(arm: Arm, feel: Feeling) -> None:
    """Move sideways to where nothing pushes the peg any more."""
    x, y, _ = await feel.now()
    if math.hypot(x, y) > LIGHT:
        aside = (await here(arm)).offset(x / STIFFNESS, y / STIFFNESS)
        await arm.move_linear(aside, speed=SLOW)


async def here(arm: Arm) -> Pose:
    """Return the pose of the tool."""
    return (await arm.state()).tcp
