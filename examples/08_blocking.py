"""Without `await`: the blocking wrappers of the same interfaces, for notebooks and plain scripts.

Run it with ``python examples/08_blocking.py``. Every call returns when its command has ended, or raises. Between two
calls virtual time stands still: after a minute without a call the cell is unchanged.
"""

from pathlib import Path

from cellkit.blocking import Arm, Cell, Gripper, open_cell
from cellkit.devices import Load
from cellkit.errors import GraspLost, OutOfReach

CELL = Path(__file__).with_name("01_first_program.yaml")
ABOVE = 0.10  # m over a part, from where the tool moves straight down


def fetch(cell: Cell, arm: Arm, hand: Gripper) -> None:
    """Take the part from the left place."""
    part, start = cell.workpiece("part"), cell.places("left")[0]
    grasp = arm.nearest(hand.grasp_poses(part, start.offset(z=part.size[2] / 2)))
    arm.move_pose(grasp.offset(z=-ABOVE))
    arm.move_linear(grasp)
    found = hand.grip(part)
    arm.set_payload(Load(part.mass))
    arm.move_linear(grasp.offset(z=-ABOVE))
    print(f"{cell.time:6.2f} s  gripped: {found.grip.value}")


def put_down(cell: Cell, arm: Arm, hand: Gripper) -> None:
    """Put the part on the right place. If it is lost inside the block, the motion ends and ``GraspLost`` is raised."""
    part, goal = cell.workpiece("part"), cell.places("right")[0]
    with hand.guard():
        put = arm.nearest(hand.grasp_poses(part, goal.offset(z=part.size[2] / 2 + 0.001)))
        arm.move_pose(put.offset(z=-ABOVE))
        arm.move_linear(put)
        hand.release(part)
    arm.set_payload(Load())
    arm.move_linear(put.offset(z=-ABOVE))
    print(f"{cell.time:6.2f} s  put down")


if __name__ == "__main__":
    with open_cell(CELL, world="physics") as cell:
        arm, hand = cell.arm("robot"), cell.gripper("hand")
        hand.release()
        arm.move_joint(arm.home)
        fetch(cell, arm, hand)
        put_down(cell, arm, hand)

        try:
            arm.move_pose(cell.places("left")[0].shifted(x=3.0))
        except OutOfReach as error:
            print(f"{cell.time:6.2f} s  refused: {error.message}")

        try:
            with hand.guard():
                print("never reached")
        except GraspLost as error:
            print(f"{cell.time:6.2f} s  nothing to guard: {error.message}")
        arm.move_joint(arm.home)
        print(f"{cell.time:6.2f} s  {arm.state()}")
