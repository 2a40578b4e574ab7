"""Make kits of parts on a table: take the parts that the camera sees, then look again. The program knows roles only."""

import asyncio
import math

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.devices.abilities import LocatedPart, Locating
from cellkit.errors import GraspLost, TaskFailed
from cellkit.geometry import Pose

KINDS = ("post", "bar", "pin")  # tallest first: others may be hidden behind them
ABOVE = 0.13  # m over a part from where the tool moves straight down: over the tallest part
CARRY, GENTLY = 0.7, 0.4  # share of the arm's speed and acceleration with a part: a tall one swings between two pads
DROP = 0.001  # m over its nest at which a part is released
TABLE = 0.30  # m around the middle of the table in which parts count: parts in a kit are seen as well
UPRIGHT = math.cos(math.radians(10))  # cosine of the largest lean of a part that is taken
LOOKS, PAUSE = 3, 0.5  # pictures without a part until none counts as present, and s between two pictures


async def main(cell: Cell) -> None:
    """Put part after part into the next nest of its kind, as long as a wanted part is in sight."""
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
    report_incomplete(cell, nests, complete)


async def look(vision: Locating, wanted: list[str], table: Pose) -> tuple[str, LocatedPart] | None:
    """Return a part on the table, of the first wanted kind that is in sight, or None."""
    for _ in range(LOOKS):
        for kind in wanted:
            for seen in await vision.locate(kind):
                near = math.dist(seen.pose.position, table.position) <= TABLE
                if near and seen.pose.rotation[2, 2] >= UPRIGHT:
                    return kind, seen
        await asyncio.sleep(PAUSE)
    return None


async def grip(arm: Arm, hand: Gripper, part: Workpiece, at: Pose) -> Pose:
    """Grip the part at ``at`` and return the pose of the tool."""
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


def report_incomplete(cell: Cell, nests: dict[str, list[Pose]], complete: int) -> None:
    """Note the incomplete kits and their missing kinds. Raise ``TaskFailed`` when no kit is complete."""
    for kit in range(complete, cell.quantity):
        missing = [kind for kind, left in nests.items() if len(left) >= cell.quantity - kit]
        text = f"kit {kit + 1} is set aside: no {' and no '.join(missing)} in sight"
        if complete == 0:
            raise TaskFailed(text)
        cell.note(text)
