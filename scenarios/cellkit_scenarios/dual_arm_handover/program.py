"""One arm hands parts to another in mid-air; both continue their own work. The program knows roles only."""

import asyncio
import math

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

END = 0.140  # m from the middle of a part to the giver's grasp; the taker holds the middle
ABOVE = 0.07  # m over a part from where the tool moves straight down
BACK = 0.09  # m from the meeting towards its own base at which an arm is out of the shared zone
FORCE = 40.0  # N per pad with which a part that hangs by its end does not turn
CARRY = 0.3, 0.2  # share of the arm's speed and acceleration while a part hangs by its end between two pads
SLOWLY = 0.25, 2.0  # m/s and m/s² on the straight paths with a part
DROP = 0.001  # m over its nest at which a part is released
TURNED = Pose.from_rpy((0, 0, 0), (0, 0, math.pi), frame="part")  # a part with its ends exchanged


class Zone:
    """The zone that both arms reach.

    Only the arm that has the lock enters; the other one follows when both have ``met``. They meet three times for one
    part: it is offered, it is taken, it is released. ``more``: another part is offered.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.met = asyncio.Barrier(2)
        self.more = True


async def main(cell: Cell) -> None:
    """Hand over all parts in the tray. An error of one arm stops the other arm as well."""
    zone, part = Zone(), cell.workpiece("bar")
    hands = cell.gripper("giver_hand"), cell.gripper("taker_hand")
    arms = cell.arm("giver"), cell.arm("taker")
    await asyncio.gather(*(hand.release(part) for hand in hands))
    await asyncio.gather(*(arm.move_joint(arm.home) for arm in arms))
    found = [near_end(seen.pose, cell) for seen in await cell.locator("vision").locate("bar")][: cell.quantity]
    if not found:
        raise TaskFailed("the camera sees no part in the tray")
    if len(found) < cell.quantity:
        cell.note(f"{len(found)} parts of {cell.quantity} lie in the tray: the rest is left out")
    async with asyncio.TaskGroup() as both:
        both.create_task(give(cell, zone, arms[0], hands[0], part, found))
        both.create_task(take(cell, zone, arms[1], hands[1], part))


async def give(cell: Cell, zone: Zone, arm: Arm, hand: Gripper, part: Workpiece, found: list[Pose]) -> None:
    """Fetch one part after the other and hold it out until the taker has it."""
    meeting = cell.places("meeting")[0]
    for number, at in enumerate(found, 1):
        grasp = await arm.nearest(hand.grasp_poses(part, at.offset(x=END)))
        held = at.inverse("part") @ grasp
        await arm.move_pose(grasp.offset(z=-ABOVE))
        await arm.move_linear(grasp)
        if not (await hand.grip(part, force=FORCE)).held:
            cell.note(f"nothing lies where the camera saw part {number}: it is left out")
            await hand.release(part)
            await arm.move_linear(grasp.offset(z=-ABOVE))
            continue
        await arm.set_payload(Load(part.mass))
        async with hand.guard():
            await carry(arm, grasp.offset(z=-ABOVE))
            await zone.lock.acquire()
            await swing(arm, meeting.offset(x=BACK) @ held)
            await carry(arm, meeting @ held)
            await zone.met.wait()  # offered
            await zone.met.wait()  # taken
        await hand.release(part)
        await arm.set_payload(Load())
        await arm.move_linear(meeting.offset(x=BACK, z=ABOVE) @ held)
        await zone.met.wait()  # released, and out of the way
    await zone.lock.acquire()
    zone.more = False
    await zone.met.wait()
    await arm.move_joint(arm.home)


async def take(cell: Cell, zone: Zone, arm: Arm, hand: Gripper, part: Workpiece) -> None:
    """Take every offered part by its middle, and put it into the fixture."""
    meeting, nests = cell.places("meeting")[0], iter(cell.places("fixture"))
    grasp = await arm.nearest(hand.grasp_poses(part, meeting))
    held = meeting.inverse("part") @ grasp
    while True:
        await arm.move_pose(meeting.offset(x=-BACK, z=ABOVE) @ held)
        await zone.met.wait()  # offered
        if not zone.more:
            break
        await arm.move_linear(grasp)
        result = await hand.grip(part, force=FORCE)
        if not result.held:
            raise TaskFailed(f"a part was offered, but the taker found: {result.grip.value}")
        async with hand.guard():
            await zone.met.wait()  # taken
            await zone.met.wait()  # released, and out of the way
            await arm.set_payload(Load(part.mass))
            await carry(arm, grasp.offset(z=-ABOVE))
            zone.lock.release()
            await place(arm, hand, part, next(nests).offset(z=part.size[2] / 2 + DROP) @ held)
        cell.part_finished(part.kind)
    await arm.move_joint(arm.home)


async def place(arm: Arm, hand: Gripper, part: Workpiece, goal: Pose) -> None:
    """Release the held part with the tool at ``goal``."""
    await swing(arm, goal.offset(z=-ABOVE))
    await carry(arm, goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))


async def swing(arm: Arm, goal: Pose) -> None:
    """Move to ``goal`` with a part, on any path."""
    speed, acceleration = CARRY
    await arm.move_pose(goal, speed=speed, acceleration=acceleration)


async def carry(arm: Arm, goal: Pose) -> None:
    """Move straight to ``goal`` with a part."""
    speed, acceleration = SLOWLY
    await arm.move_linear(goal, speed=speed, acceleration=acceleration)


def near_end(seen: Pose, cell: Cell) -> Pose:
    """Return the pose of a part with its x axis towards the giver: a part looks the same with its ends exchanged."""
    towards = cell.places("tray")[0].matrix[:3, 0]
    return seen if seen.matrix[:3, 0] @ towards > 0 else seen @ TURNED
