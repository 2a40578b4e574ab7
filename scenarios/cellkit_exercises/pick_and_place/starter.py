"""Pick the parts from the tray and stand them in the nests of the fixture. Start here; text.md describes the task."""

from cellkit.cell import Cell


async def main(cell: Cell) -> None:
    """Go home and wait for a tray; the rest is missing."""
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    vision, station = cell.locator("vision"), cell.io("station")
    part, nests = cell.workpiece("part"), cell.places("fixture")

    await hand.release(part)
    await arm.move_joint(arm.home)
    await station.wait_for("tray_ready")
    for seen, nest in zip(await vision.locate("part"), nests, strict=False):
        print(f"{seen.name} lies at {seen.pose}; it belongs to {nest}")
        # 1. Which of hand.grasp_poses(part, seen.pose) does the arm reach soonest? (arm.nearest)
        # 2. Approach from above, move straight down, grip, and move straight up.
        # 3. The same at the nest; release the part, and report it: cell.part_finished(seen.name)
    await station.pulse("tray_done")
