"""Carry three parts from the rack to the fixture, as taught on a UR5e. text.md describes the task."""

from cellkit.cell import Cell

# Joint positions in rad, taught with the pendant: above the part, at the part.
RACK = [
    ([0.155, -1.5846, 1.8872, -1.8733, -1.5708, -2.9866], [0.155, -1.5031, 2.0262, -2.0939, -1.5708, -2.9866]),
    ([0.3239, -1.485, 1.7834, -1.8693, -1.5708, -2.8177], [0.3239, -1.408, 1.9174, -2.0803, -1.5708, -2.8177]),
    ([0.4699, -1.3654, 1.6442, -1.8497, -1.5708, -2.6716], [0.4699, -1.295, 1.7742, -2.05, -1.5708, -2.6716]),
]
FIXTURE = [
    ([-0.9346, -1.3654, 1.6442, -1.8497, -1.5708, -4.0762], [-0.9346, -1.295, 1.7742, -2.05, -1.5708, -4.0762]),
    ([-0.8343, -1.485, 1.7834, -1.8693, -1.5708, -3.9758], [-0.8343, -1.408, 1.9174, -2.0803, -1.5708, -3.9758]),
    ([-0.7098, -1.5846, 1.8872, -1.8733, -1.5708, -3.8514], [-0.7098, -1.5031, 2.0262, -2.0939, -1.5708, -3.8514]),
]
HOME = [-0.319, -1.697, 2.122, -1.995, -1.571, -1.89]
SLOWLY = 0.2  # share of the joints' speed near a part


async def main(cell: Cell) -> None:
    """Carry all parts; works with one brand only."""
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    await hand.release()
    await arm.move_joint(HOME)
    await station.wait_for("rack_ready")
    for number, ((above_rack, at_rack), (above_nest, at_nest)) in enumerate(zip(RACK, FIXTURE, strict=True), 1):
        await arm.move_joint(above_rack)
        await arm.move_joint(at_rack, speed=SLOWLY)
        await hand.grip()
        await arm.move_joint(above_rack, speed=SLOWLY)
        await arm.move_joint(above_nest, speed=0.5, acceleration=0.5)
        await arm.move_joint(at_nest, speed=SLOWLY)
        await hand.release()
        await arm.move_joint(above_nest, speed=SLOWLY)
        cell.part_finished(f"part_{number}")
    await station.pulse("rack_done")
    await arm.move_joint(HOME)
