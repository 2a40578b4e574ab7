"""Two devices at once: commands that are awaited can also run in parallel, with plain asyncio.

Run it with ``python examples/03_two_at_once.py``. The times are cell time: simulated, exact, and without waiting.
"""

import asyncio
import math
from collections.abc import Awaitable
from pathlib import Path

from cellkit.cell import Cell
from cellkit.geometry import Pose
from cellkit.scenario.simulate import simulate
from cellkit.timing import now

DOWN = Pose.from_rpy((0.0, 0.0, 0.0), (math.pi, 0.0, 0.0))  # turns a place, z up, into a tool pose, z down


async def reach_out(cell: Cell, side: str) -> None:
    """Move one arm to its place, close its gripper there, and move it back."""
    arm, hand = cell.arm(side), cell.gripper(f"{side}_hand")
    await arm.move_pose(cell.places(side)[0] @ DOWN)
    await hand.grip()
    # Arm and gripper are two devices, so the gripper can open while the arm moves.
    await asyncio.gather(arm.move_joint(arm.home), hand.release())


async def blink(cell: Cell) -> None:
    """Blink the lamp until cancelled."""
    while True:
        await cell.io("panel").pulse("lamp", 0.25)
        await asyncio.sleep(0.25)


async def timed(what: str, work: Awaitable[object]) -> float:
    """Await the work, print and return how long it took in s of cell time."""
    start = now()
    await work
    print(f"{what:22} {now() - start:6.3f} s")
    return now() - start


async def main(cell: Cell) -> None:
    """Run one arm after the other, then both together; the lamp blinks all the time."""
    lamp = asyncio.create_task(blink(cell))
    left = await timed("left arm alone", reach_out(cell, "left"))
    right = await timed("right arm alone", reach_out(cell, "right"))
    both = await timed("both arms together", asyncio.gather(reach_out(cell, "left"), reach_out(cell, "right")))
    lamp.cancel()  # a cancelled command stops its device first: the lamp goes out
    print(f"one after the other    {left + right:6.3f} s, together {both:.3f} s: as long as the slower one alone")


if __name__ == "__main__":
    events = simulate(Path(__file__).with_suffix(".yaml"), main, world="kinematic")
    flashes = sum(event.what == "written" and event.data["value"] for event in events)
    print(f"the lamp flashed {flashes} times meanwhile")
