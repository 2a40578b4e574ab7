"""Stack boxes on a EUR pallet in layers of two blocks, every second layer turned by half a turn."""

import math

from cellkit.cell import Cell
from cellkit.devices import Arm, Gripper, Load, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose

LENGTH, WIDTH = 1.200, 0.800  # m of a EUR pallet
GAP = 0.015  # m between two boxes
LIFT = 0.15  # m above the infeed at which boxes travel
OVER = 0.06  # m, least height above the stack at which a box arrives
PRESS = 0.001  # m by which the cups press onto a box
DROP = 0.002  # m above its place at which a box is released
CARRY = 0.5  # of the arm's speed with a box
STRAIGHT = 0.4  # m/s straight up and down with a box


async def main(cell: Cell) -> None:
    """Put one box after the other on the spots that `stack` has computed."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    box, infeed, deck = cell.workpiece("box"), cell.places("infeed")[0], cell.places("deck")[0]
    half = box.size[2] / 2

    await hand.release(box)
    await arm.move_joint(arm.home)
    between = await arm.nearest(hand.grasp_poses(box, cell.places("between")[0].offset(z=half)))
    await arm.move_pose(between)
    grasp = await arm.nearest(hand.grasp_poses(box, infeed.offset(z=half - PRESS)))
    for number, (x, y, z, yaw) in enumerate(stack(box, cell.quantity), 1):
        await station.wait_for("box_waiting")
        await fetch(arm, hand, box, grasp)
        async with hand.guard():
            await arm.move_linear(grasp.offset(z=-LIFT), speed=STRAIGHT)
            await arm.move_pose(between, speed=CARRY, acceleration=CARRY)
            await put(arm, hand, box, deck @ Pose.from_rpy((x, y, z), (0, 0, yaw)), infeed)
        await arm.move_pose(between)
        cell.part_finished(f"box {number}")


Spot = tuple[float, float, float]  # x, y (m) of a box's middle, and its turn about z (rad)


def stack(box: Workpiece, count: int) -> list[tuple[float, float, float, float]]:
    """Return x, y, z (m, of the bottom) and turn (rad) of each box on the deck, from the lowest layer up."""
    length, width, height = box.size
    lowest = max((layer(columns, length, width) for columns in range(1, room(LENGTH, length) + 1)), key=len)
    layers = lowest, [(-x, -y, yaw) for x, y, yaw in lowest]
    spots: list[tuple[float, float, float, float]] = []
    while len(spots) < count:
        number = len(spots) // len(lowest)
        spots += [(x, y, number * height, yaw) for x, y, yaw in layers[number % 2]]
    return spots[:count]


def layer(columns: int, length: float, width: float) -> list[Spot]:
    """Return a layer of some columns along the pallet and turned ones beside them; empty if no turned box fits."""
    left = columns * (length + GAP)
    turned = room(LENGTH - left, width)
    if not turned:
        return []
    rest = LENGTH - left - (turned * (width + GAP) - GAP)
    start = -LENGTH / 2 + rest / 4
    return [
        *block(columns, room(WIDTH, width), (length, width), start, 0.0),
        *block(turned, room(WIDTH, length), (width, length), start + left + rest / 2, math.pi / 2),
    ]


def block(columns: int, rows: int, size: tuple[float, float], start: float, yaw: float) -> list[Spot]:
    """Return boxes in rows and columns from x = start on, in the middle of the pallet's width."""
    x, y = size
    wide = rows * (y + GAP) - GAP
    return [
        (start + x / 2 + column * (x + GAP), -wide / 2 + y / 2 + row * (y + GAP), yaw)
        for column in range(columns)
        for row in range(rows)
    ]


def room(space: float, side: float) -> int:
    """Return the number of boxes with this side along a space."""
    return max(0, int((space + GAP + 1e-9) / (side + GAP)))


async def fetch(arm: Arm, hand: Gripper, box: Workpiece, grasp: Pose) -> None:
    """Grip the box at the infeed."""
    await arm.move_pose(grasp.offset(z=-LIFT))
    await arm.move_linear(grasp)
    if not (await hand.grip(box)).held:
        raise TaskFailed("there is no box under the cups")
    below = float(arm.tool.tcp.position[2]) + box.size[2] / 2
    await arm.set_payload(Load.box(box.mass, box.size, (0.0, 0.0, below)))


async def put(arm: Arm, hand: Gripper, box: Workpiece, place: Pose, infeed: Pose) -> None:
    """Put the box down; on the way it stays at the height to which it was lifted."""
    goal = await arm.nearest(hand.grasp_poses(box, place.offset(z=box.size[2] / 2 + DROP)))
    lifted = float(infeed.position[2] - place.position[2]) + LIFT
    over = goal.offset(z=-max(lifted, box.size[2] + OVER))
    await arm.move_pose(over, speed=CARRY, acceleration=CARRY)
    await arm.move_linear(goal, speed=STRAIGHT)
    await hand.release(box)
    await arm.set_payload(Load())
    await arm.move_linear(over)
