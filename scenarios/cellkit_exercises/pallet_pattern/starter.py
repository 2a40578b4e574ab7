"""Stack boxes on a EUR pallet. Start here; text.md describes the task. Only the pattern is missing."""

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


def stack(box: Workpiece, count: int) -> list[tuple[float, float, float, float]]:
    """Return x, y, z (m, of the bottom) and turn (rad) of each box on the deck, from the lowest layer up."""
    length, width, height = box.size
    print(f"{count} boxes of {length} x {width} x {height} m on {LENGTH} x {WIDTH} m, {GAP} m apart")
    # 1. With n columns of boxes along the pallet: how many turned columns fit beside them, how many rows in each?
    # 2. Which n gives the most boxes? Where are their middles, when the rest of the length is divided?
    # 3. Turn every second layer by half a turn; add as many layers as `count` needs.
    return []


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
