"""Make up kits of parts that lie about: take what the camera sees, then look again. Knows roles, not brands."""

import asyncio
import math

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.devices.abilities import LocatedPart, Locating
from cellkit.errors import GraspLost, TaskFailed
from cellkit.geometry import Pose

KINDS = ("post", "bar", "pin")  # tallest first: others may lie hidden behind them
ABOVE = 0.13  # m over a part from where the tool moves straight down: over the tallest
CARRY, GENTLY = 0.7, 0.4  # of the arm's speed and acceleration with a part: a tall one swings between two pads
DROP = 0.001  # m over its nest at which a part is let go
TABLE = 0.30  # m from the middle of the table to which parts are looked for: what stands in a kit is seen as well
UPRIGHT = math.cos(math.radians(10))  # a part that leans more is not taken
LOOKS, PAUSE = 3, 0.5  # before nothing is taken as nothing there, and s between two


async def main(cell: Cell) -> None:
    """Part after part into the next nest of its kind, as long as one is in sight and its kind is wanted."""
    arm, hand, vision = cell.arm("robot"), cell.gripper("hand"), cell.locator("vision")
    table = cell.places("table")[0]
    nests = {kind: list(cell.places(f"kit_{kind}")[: cell.quantity]) for kind in KINDS}
    complete = 0

    await hand.release()
    await arm.move_joint(arm.home)
    while wanted := [kind for kind in KINDS if nests[kind]]:
        found = await look(vision, wanted, table)
        if found is None:
            break
        kind, seen = found
        part = cell.workpiece(kind)
        try:
            grasp = await grip(arm, hand, part, seen.pose)
            async with hand.guard():
                await arm.move_linear(grasp.offset(z=-ABOVE))
                await place(arm, hand, part, nests[kind][0])
        except GraspLost:
            cell.note(f"{seen.name} has slipped out of the hand: looks again")
            await hand.release()
            await arm.set_payload(Load())
            await arm.move_joint(arm.home)
            continue
        nests[kind].pop(0)
        while complete < cell.quantity - max(map(len, nests.values())):
            complete += 1
            cell.part_finished(f"kit {complete}")
    await arm.move_joint(arm.home)
    tell(cell, nests, complete)


async def look(vision: Locating, wanted: list[str], table: Pose) -> tuple[str, LocatedPart] | None:
    """A part on the table of the first of the wanted kinds of which one is in sight. None: there is none."""
    for _ in range(LOOKS):
        for kind in wanted:
            for seen in await vision.locate(kind):
                near = math.dist(seen.pose.position, table.position) <= TABLE
                if near and seen.pose.rotation[2, 2] >= UPRIGHT:
                    return kind, seen
        await asyncio.sleep(PAUSE)
    return None


async def grip(arm: Arm, hand: Gripper, part: Workpiece, at: Pose) -> Pose:
    """Grip the part that lies at ``at``; returns the pose of the tool."""
    grasp = await arm.nearest(hand.grasp_poses(part, at))
    await hand.release(part)
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    result = await hand.grip(part)
    if not result.held:
        raise TaskFailed(f"expected a {part.kind} at {at}, but found: {result.grip.value}")
    await arm.set_payload(Load(part.mass))
    return grasp


async def place(arm: Arm, hand: Gripper, part: Workpiece, nest: Pose) -> None:
    """Put the held part into a nest, standing at ``nest``."""
    middle = nest.offset(z=part.size[2] / 2 + DROP)
    goal = await arm.nearest(hand.grasp_poses(part, middle))
    await arm.move_pose(goal.offset(z=-ABOVE), speed=CARRY, acceleration=GENTLY)
    await arm.move_linear(goal)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(goal.offset(z=-ABOVE))


def tell(cell: Cell, nests: dict[str, list[Pose]], complete: int) -> None:
    """Say which kits are not complete, and of what there were too few. Raises ``TaskFailed`` when none is complete."""
    for kit in range(complete, cell.quantity):
        missing = [kind for kind, left in nests.items() if len(left) >= cell.quantity - kit]
        text = f"kit {kit + 1} is set aside: no {' and no '.join(missing)} in sight"
        if complete == 0:
            raise TaskFailed(text)
        cell.note(text)
