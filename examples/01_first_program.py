"""A first cell program: take a part from one place and put it down on another.

Run it with ``python examples/01_first_program.py``. The cell file beside it lists the devices, parts and places.
"""

from pathlib import Path

from cellkit.cell import Cell
from cellkit.devices import Load
from cellkit.scenario.simulate import simulate

ABOVE = 0.10  # m over a part, from where the tool moves straight down


async def main(cell: Cell) -> None:
    """Take the part from left to right. The program names devices by role; the cell file selects the brand."""
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    part = cell.workpiece("part")
    start, goal = cell.places("left")[0], cell.places("right")[0]

    cell.note("opening the gripper and going home")
    await hand.release()
    await arm.move_joint(arm.home)

    # A place is where a part *stands*; the part's middle is half its height above. `grasp_poses` returns the ways to
    # hold the part there, often several equally good ones; `nearest` selects the one with the least joint travel.
    grasp = await arm.nearest(hand.grasp_poses(part, start.offset(z=part.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-ABOVE))  # z points out of the tool, so -z is up
    await arm.move_linear(grasp)
    found = await hand.grip(part)
    width = "" if found.measure is None else f", {found.measure * 1000:.0f} mm wide"
    cell.note(f"gripped: {found.grip.value}{width}")
    await arm.set_payload(Load(part.mass))
    await arm.move_linear(grasp.offset(z=-ABOVE))

    # Losing the part inside this block ends the motion and raises GraspLost.
    async with hand.guard():
        put = await arm.nearest(hand.grasp_poses(part, goal.offset(z=part.size[2] / 2 + 0.001)))
        await arm.move_pose(put.offset(z=-ABOVE))
        await arm.move_linear(put)
        await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(put.offset(z=-ABOVE))
    cell.part_finished("part_1")
    await arm.move_joint(arm.home)


if __name__ == "__main__":
    # `world="kinematic"` is faster, but has no forces and no contacts.
    events = simulate(Path(__file__).with_suffix(".yaml"), main, world="physics")
    for event in events:
        if event.what in ("command", "note", "part_finished"):
            print(
                f"{event.time:6.2f} s  {event.device:6} {event.data.get('command') or event.data.get('text') or 'done'}"
            )
    print(f"{events[-1].time:.2f} s of cell time")
