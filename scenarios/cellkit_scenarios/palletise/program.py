"""Stack boxes on a EUR pallet in layers that bind, slower with more load on the arm. The program knows roles only."""

import asyncio

from cellkit.cell import Cell
from cellkit.devices import Arm, DigitalIO, Gripper, Load, Workpiece
from cellkit.errors import MotionTimeout, TaskFailed
from cellkit.geometry import Pose
from cellkit.patterns import EUR_PALLET, interlocking, stack

GAP = 0.015  # m between two boxes
LIFT = 0.15  # m over the infeed at which boxes travel
OVER = 0.06  # m over the stack at which a box arrives at least
PRESS = 0.001  # m that the cups are pressed onto a box
DROP = 0.002  # m over its place at which a box is released
EMPTY, FULL = 1.0, 0.4  # share of the arm's speed: without load, and with its full payload
STRAIGHT = 0.4  # m/s straight up and down with a box
PATIENCE = 15.0  # s to wait for a box or a pallet
TRIES, PAUSE = 5, 2.0  # of a box that was announced but has not come, and s between two


async def main(cell: Cell) -> None:
    """Place one box after the other, the far ones of a layer first."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    box, infeed, deck = cell.workpiece("box"), cell.places("infeed")[0], cell.places("deck")[0]

    await hand.release(box)
    await arm.move_joint(arm.home)
    # Boxes come to one place and pass another one, always in the same direction: the arm would wind up from box to box,
    # and half a turn at once may end in another posture.
    between = await arm.nearest(hand.grasp_poses(box, cell.places("between")[0].offset(z=box.size[2] / 2)))
    await arm.move_pose(between)
    grasp = await arm.nearest(hand.grasp_poses(box, infeed.offset(z=box.size[2] / 2 - PRESS)))
    for number, place in enumerate(places(box, deck, cell.quantity), 1):
        await fetch(cell, arm, hand, station, box, grasp)
        async with hand.guard():
            await arm.move_linear(grasp.offset(z=-LIFT), speed=STRAIGHT)
            await on_pallet(cell, station)
            await arm.move_pose(between, speed=carrying(arm, box), acceleration=carrying(arm, box))
            await put(arm, hand, box, place, infeed)
        await arm.move_pose(between)
        cell.part_finished(f"{box.kind}_{number}")
    await arm.move_joint(arm.home)


def places(box: Workpiece, deck: Pose, count: int) -> list[Pose]:
    """Return where each box stands (its bottom): layer by layer, the far ones first."""
    size = (box.size[0], box.size[1])
    layer = interlocking(EUR_PALLET[:2], size, GAP)
    layers = stack(layer, size, -(-count // len(layer)))
    far_first = [sorted(spots, key=lambda spot: spot.y) for spots in layers]
    return [spot.pose(deck, number * box.size[2]) for number, spots in enumerate(far_first) for spot in spots][:count]


async def fetch(cell: Cell, arm: Arm, hand: Gripper, station: DigitalIO, box: Workpiece, grasp: Pose) -> None:
    """Grip the box that waits at the infeed."""
    for _ in range(TRIES):
        try:
            await station.wait_for("box_waiting", timeout=PATIENCE)
        except MotionTimeout:
            raise TaskFailed(f"no box has come to the infeed for {PATIENCE:g} s") from None
        await arm.move_pose(grasp.offset(z=-LIFT))
        await arm.move_linear(grasp)
        if (await hand.grip(box)).held:
            await arm.set_payload(load(arm, box))
            return
        await hand.release(box)
        await arm.move_linear(grasp.offset(z=-LIFT))
        cell.note("a box was announced, but there is nothing under the cups: looks again")
        await asyncio.sleep(PAUSE)
    raise TaskFailed(f"a box was announced {TRIES} times, but there is nothing under the cups")


async def on_pallet(cell: Cell, station: DigitalIO) -> None:
    """Wait for a pallet: no box is carried over a place without one."""
    if await station.read("pallet_in_place"):
        return
    cell.note("waits for a pallet")
    try:
        await station.wait_for("pallet_in_place", timeout=PATIENCE)
    except MotionTimeout:
        raise TaskFailed(f"no pallet has come for {PATIENCE:g} s") from None


async def put(arm: Arm, hand: Gripper, box: Workpiece, place: Pose, infeed: Pose) -> None:
    """Put the box down at ``place``, past others of its layer: until there it stays as high as it was lifted."""
    goal = await arm.nearest(hand.grasp_poses(box, place.offset(z=box.size[2] / 2 + DROP)))
    lifted = float(infeed.position[2] - place.position[2]) + LIFT
    over = goal.offset(z=-max(lifted, box.size[2] + OVER))
    share = carrying(arm, box)
    await arm.move_pose(over, speed=share, acceleration=share)
    await arm.move_linear(goal, speed=STRAIGHT)
    await hand.release(box)
    await arm.set_payload(Load())
    await arm.move_linear(over)


def carrying(arm: Arm, box: Workpiece) -> float:
    """Return the share of the arm's speed and acceleration with a box: the nearer to the payload limit, the lower."""
    allowed = arm.model.payload.known()
    loaded = min(1.0, (arm.tool.load.mass + box.mass) / allowed)
    return EMPTY + (FULL - EMPTY) * loaded


def load(arm: Arm, box: Workpiece) -> Load:
    """Return the box below the cups as a load in the flange frame."""
    return Load.box(box.mass, box.size, (0.0, 0.0, float(arm.tool.tcp.position[2]) + box.size[2] / 2))
