"""Stack boxes on a EUR pallet in layers that bind, slower the more hangs on the arm. Knows roles, not brands."""

import asyncio

from cellkit.cell import Cell
from cellkit.devices import Arm, DigitalIO, Gripper, Load, Workpiece
from cellkit.errors import MotionTimeout, TaskFailed
from cellkit.geometry import Pose
from cellkit.patterns import EUR_PALLET, interlocking, stack

GAP = 0.015  # m between two boxes
LIFT = 0.15  # m over the infeed at which boxes travel
OVER = 0.06  # m over what stands on the pallet at which a box arrives at least
PRESS = 0.001  # m that the cups are pressed onto a box
DROP = 0.002  # m over its place at which a box is let go
EMPTY, FULL = 1.0, 0.4  # of the arm's speed: with nothing on it, and with all that it may carry
STRAIGHT = 0.4  # m/s straight up and down with a box
PATIENCE = 15.0  # s that a box or a pallet may take to come
TRIES, PAUSE = 5, 2.0  # of a box that was announced but is not there, and s between two


async def main(cell: Cell) -> None:
    """One box after the other, the far ones of a layer first."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    box, infeed, deck = cell.workpiece("box"), cell.places("infeed")[0], cell.places("deck")[0]

    await hand.release(box)
    await arm.move_joint(arm.home)
    # Boxes come to one place and pass by another, always the same way round: the arm would wind up from box to box, and
    # half a turn at once may end in another posture.
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
    """Where each box stands (its bottom): layer by layer, the far ones first."""
    size = (box.size[0], box.size[1])
    layer = interlocking(EUR_PALLET[:2], size, GAP)
    layers = stack(layer, size, -(-count // len(layer)))
    far_first = [sorted(one, key=lambda spot: spot.y) for one in layers]
    return [spot.pose(deck, number * box.size[2]) for number, one in enumerate(far_first) for spot in one][:count]


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
    """Nothing goes over to where no pallet stands."""
    if await station.read("pallet_in_place"):
        return
    cell.note("waits for a pallet")
    try:
        await station.wait_for("pallet_in_place", timeout=PATIENCE)
    except MotionTimeout:
        raise TaskFailed(f"no pallet has come for {PATIENCE:g} s") from None


async def put(arm: Arm, hand: Gripper, box: Workpiece, place: Pose, infeed: Pose) -> None:
    """Put the box down at ``place``, past others of its layer: on the way there it stays as high as it was lifted."""
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
    """Share of the arm's speed and acceleration with a box: the nearer to all that the arm may carry, the less."""
    allowed = arm.model.payload.known()
    loaded = min(1.0, (arm.tool.load.mass + box.mass) / allowed)
    return EMPTY + (FULL - EMPTY) * loaded


def load(arm: Arm, box: Workpiece) -> Load:
    """What hangs below the cups, seen from the flange."""
    return Load.box(box.mass, box.size, (0.0, 0.0, float(arm.tool.tcp.position[2]) + box.size[2] / 2))
