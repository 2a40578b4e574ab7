"""A program for load tests: counts on a hundred outputs, swings the arm, and notes how late a steady beat is.

It goes on until there is a file ``enough`` in the folder ``LOAD_NOTES``, which gets the notes: one file a run.
"""

import asyncio
import json
import os
from pathlib import Path

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import AnalogIO
from cellkit.timing import Periodic, now, sleep_until

CHANGES = 0.1  # s between two numbers
BEAT = 0.01  # s


class Beats:
    """How late each beat of a steady cycle came, and how many were missed."""

    def __init__(self) -> None:
        self.lateness: list[float] = []
        self._start = now()
        self._periodic = Periodic(BEAT, self._beat)

    def _beat(self) -> None:
        elapsed = asyncio.get_running_loop().time() - self._start
        self.lateness.append(elapsed % BEAT)

    def end(self) -> dict[str, float]:
        """What came of it. Times in s."""
        self._periodic.close()
        due = round((now() - self._start) / BEAT)
        late = np.array(self.lateness)
        return {
            "due": due,
            "missed": max(due - len(late), 0),
            "p50": float(np.percentile(late, 50)),
            "p99": float(np.percentile(late, 99)),
        }


async def main(cell: Cell) -> None:
    """Count until the time is over."""
    outputs = [device for device in cell.devices.values() if isinstance(device, AnalogIO)]
    notes = Path(os.environ["LOAD_NOTES"])
    enough = notes / "enough"
    swinging = asyncio.create_task(swing(cell))
    beats, start = Beats(), now()
    first = await outputs[0].read("s0")
    count = 0
    while not enough.exists():
        moment = start + (count + 1) * CHANGES
        await sleep_until(max(moment, now() + 0.6 * CHANGES))  # after a stall, the next number has its time as well
        count += 1
        for device in outputs:
            for name in device.outputs:
                await device.write(name, first + count)
    found = {"counted_to": first + count, "from": first, **beats.end()}
    swinging.cancel()
    await asyncio.gather(swinging, return_exceptions=True)
    note(notes, found)


def note(folder: Path, found: dict[str, float]) -> None:
    """Write the notes of one run."""
    number = len(list(folder.glob("*.json")))
    (folder / f"{number}.json").write_text(json.dumps(found), encoding="utf-8")


async def swing(cell: Cell) -> None:
    """Keep the arm moving."""
    arm = cell.arm("robot")
    there = np.array(arm.home)
    there[0] += 0.3
    while True:
        await arm.move_joint(there, speed=0.3)
        await arm.move_joint(arm.home, speed=0.3)
