"""Measure pose accuracy AP and repeatability RP at five poses. Start here; text.md describes the task."""

import asyncio

from cellkit.cell import Cell

CYCLES = 1  # the standard requires thirty
SETTLE = 0.3  # s until the arm is at rest


async def main(cell: Cell) -> None:
    """Go through the poses once, with one reading at each; the rest is missing."""
    arm, tracker = cell.arm("robot"), cell.analog_io("tracker")
    poses = [*cell.places("middle"), *cell.places("corners")]
    await arm.move_joint(arm.home)
    for _ in range(CYCLES):
        for number, pose in enumerate(poses, 1):
            await arm.move_pose(pose)
            await asyncio.sleep(SETTLE)
            x, y, z = [await tracker.read(axis) for axis in "xyz"]
            print(f"P{number}: commanded {pose.position}, measured {x:.5f} {y:.5f} {z:.5f}")
    # 1. How many readings at each position are enough, so that their noise does not count?
    # 2. From thirty positions at a pose: AP and RP, by the formulas in text.md.
    # 3. cell.report("ap_1", ...) and so on, in m.
