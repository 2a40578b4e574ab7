"""Polish plates with one force all over, wherever they lie, by the wrist's sensor. The program knows roles only."""

import asyncio
from collections.abc import Iterator

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, ForceTorqueSensor, Gripper, Load, Workpiece
from cellkit.devices.guarded_motion import move_until
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

FORCE, MOST = 15.0, 24.0  # N to polish with, and at which a stroke is stopped
STIFFNESS = 5_000.0  # N/m of the pad's felt
CARRY = 0.4  # share of the arm's speed while it carries the pad, which would swing between the fingers
GRIP = 40.0  # N; the pad must not slip when it is pressed
ABOVE = 0.10  # m over a plate or the holder from where the tool moves straight down
NEAR, DEEPEST = 0.005, 0.007  # m over and under a plate, as taught, between which it must be felt
TOUCH = 12.0  # N at which the pad touches, and sits firmly in the gripper from then on
SLOW = 0.004  # m/s until it touches
HALF = 0.014  # m from the middle of a plate to the outermost strokes, and to their ends
STROKES, STEPS = 2, 3  # strokes per plate, and steps per stroke
FEED, SET_ON = 0.020, 0.008  # m/s along a stroke, and down to its beginning
TRIES = 4  # times that a step may be corrected
NEWEST = 7  # measured heights through which a plane is fitted
UNLOADED = 1.5  # N that the unloaded sensor may show


async def main(cell: Cell) -> None:
    """Fetch the pad, polish one plate after the other, and bring the pad back."""
    arm, hand, wrist = cell.arm("robot"), cell.gripper("hand"), cell.force_torque("wrist")
    pad, holder = cell.workpiece("pad"), cell.places("holder")[0]
    plates = [cell.places(name)[0] for name in ("plate_left", "plate_right")]
    await hand.release(pad)
    await arm.move_joint(arm.home)
    grasp = await arm.nearest(hand.grasp_poses(pad, holder.offset(z=pad.size[2] / 2)))
    await pick(arm, hand, pad, grasp)
    in_hand = holder.inverse("holder") @ grasp  # the tool, seen from the pad's foot
    async with hand.guard():
        for number, plate in enumerate(plates[: cell.quantity], 1):
            await Polishing(arm, wrist, plate, in_hand).run()
            cell.part_finished(f"plate {number}")
        await arm.move_pose(grasp.offset(z=-ABOVE))
        await arm.move_linear(grasp.offset(z=-0.001), speed=0.1)
    await hand.release(pad)
    await arm.set_payload(Load())
    await arm.move_linear(grasp.offset(z=-ABOVE))
    await arm.move_joint(arm.home)


async def pick(arm: Arm, hand: Gripper, pad: Workpiece, grasp: Pose) -> None:
    """Fetch the pad."""
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    result = await hand.grip(pad, force=GRIP)
    if not result.held:
        raise TaskFailed(f"expected the pad in its holder, but found: {result.grip.value}")
    await arm.set_payload(Load(pad.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE))


class Polishing:
    """One plate: ``plate`` is the middle of its top as taught, ``in_hand`` the tool seen from the pad's foot.

    Heights are over the taught plane. Every place where the pad stands still gives the height of the plate there; the
    newest places together give its height further on.
    """

    def __init__(self, arm: Arm, wrist: ForceTorqueSensor, plate: Pose, in_hand: Pose) -> None:
        self._arm, self._wrist, self._plate, self._in_hand = arm, wrist, plate, in_hand
        self._origin = Pose.from_rpy((0.0, 0.0, 0.0))
        self._heights: list[tuple[float, float, float]] = []

    async def run(self) -> None:
        """Touch three corners, then polish stroke after stroke."""
        await self._arm.move_pose(self._tool(0.0, 0.0, ABOVE), speed=CARRY, acceleration=CARRY)
        self._origin = (await self._arm.state()).tcp
        for x, y in ((-HALF, -HALF), (HALF, -HALF), (-HALF, HALF)):
            await self._above(x, y, NEAR)
            await self._touch(x, y)
            await self._above(x, y, NEAR)
        for stroke in strokes():
            await self._polish(stroke)
        await self._arm.move_linear(self._tool(0.0, 0.0, ABOVE))

    async def _touch(self, x: float, y: float) -> None:
        """Measure the height of the plate at a place."""
        await asyncio.sleep(0.2)
        await self._wrist.zero()
        down = self._arm.move_linear(self._tool(x, y, -DEEPEST), speed=SLOW)
        if await move_until(self._arm, down, self._wrist.wait_until(lambda felt: -felt[2] >= TOUCH)) is None:
            raise TaskFailed(f"no plate felt down to {DEEPEST * 1000:g} mm below where it was taught")
        await self._measure()

    async def _polish(self, stroke: list[tuple[float, float]]) -> None:
        """Set the pad on the plate, move it along, take it off; the sensor must then show nothing."""
        await self._above(*stroke[0], NEAR)
        await asyncio.sleep(0.2)
        await self._wrist.zero()
        for step, (x, y) in enumerate(stroke):
            await self._step(x, y, FEED if step else SET_ON)
        await self._above(*stroke[-1], NEAR)
        await asyncio.sleep(0.2)
        left = float(np.linalg.norm((await self._wrist.read()).wrench.force))
        if left > UNLOADED:
            raise TaskFailed(f"the sensor shows {left:.1f} N with nothing on it (allowed {UNLOADED:g} N): it drifts")

    async def _step(self, x: float, y: float, speed: float) -> None:
        """Go on to a place; where the force gets too high on the path, correct the height first."""
        for _ in range(TRIES):
            onwards = self._arm.move_linear(self._tool(x, y, self._expected(x, y) - FORCE / STIFFNESS), speed=speed)
            felt = await move_until(self._arm, onwards, self._wrist.wait_until(lambda felt: -felt[2] >= MOST))
            await self._measure()
            if felt is None:
                return
        raise TaskFailed(f"{TRIES} times more than {MOST:g} N felt on the way: the plate is not plane enough")

    async def _measure(self) -> None:
        """Measure the plate's height by the force, with the pad at rest."""
        await asyncio.sleep(0.1)
        force = -float((await self._wrist.read()).wrench.force[2])
        moved = self._origin.inverse("origin") @ (await self._arm.state()).tcp
        x, y, height = (self._in_hand.rotation @ moved.position).tolist()
        self._heights.append((x, y, ABOVE + height + force / STIFFNESS))

    def _expected(self, x: float, y: float) -> float:
        """Return the height of the plate at a place, by the plane through the newest places."""
        newest = np.array(self._heights[-NEWEST:])
        known = np.column_stack([np.ones(len(newest)), newest[:, :2]])
        plane, *_ = np.linalg.lstsq(known, newest[:, 2], rcond=None)
        return float(plane @ (1.0, x, y))

    def _tool(self, x: float, y: float, height: float) -> Pose:
        """Return the tool's pose when the pad's foot is over a place of the plate."""
        return self._plate.offset(x, y, height) @ self._in_hand

    async def _above(self, x: float, y: float, height: float) -> None:
        await self._arm.move_linear(self._tool(x, y, height), speed=0.1)


def strokes() -> Iterator[list[tuple[float, float]]]:
    """Yield the places (x, y in m from the plate's middle) of each stroke, to and fro."""
    along = np.linspace(-HALF, HALF, STEPS + 1).tolist()
    for number, y in enumerate(np.linspace(-HALF, HALF, STROKES).tolist()):
        yield [(x, y) for x in (along if number % 2 == 0 else reversed(along))]
