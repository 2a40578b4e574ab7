"""Work beside a process: arrivals are counted by where the part is, one for each direction."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from process_rig import Staged, stage

from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.timing import now

CELL = """
schema: cellkit/cell/1
name: hauled
devices:
  robot: {kind: arm, model: ur5e}
  station: {kind: digital_io, inputs: [over], outputs: [watching]}
workpieces:
  part: {size: [0.05, 0.05, 0.05], mass: 0.3}
places:
  entrance: {xyz: [5.0, 0.0, 0.0]}
  nearest: {xyz: [3.0, 0.0, 0.0]}
  left: {xyz: [0.4, 0.3, 0.0]}
  right: {xyz: [0.4, -0.3, 0.0]}
stock: {part: left}
"""
VISITORS = """
kind: visitors
robot: robot
entrance: entrance
nearest: nearest
work: {workpiece: part, places: [left, right], times: 3}
intrusion: 0.85
io: station
watching: watching
over: over
"""


async def put(staged: Staged, place: str, rest: float = 0.5, aside: float = 0.0) -> None:
    """Move the part to a place, and leave it there for a while."""
    x, y, z = staged.built.plan.layout.places(place)[0].position
    staged.built.world.move_body("part_1", Pose.from_rpy((x + aside, y, z + 0.025), frame="world"))
    await asyncio.sleep(rest)


def over(staged: Staged) -> bool:
    return bool(staged.built.images["station"]["over"])


def test_the_shift_goes_on_until_the_work_is_done(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await put(staged, "right")  # before the cell watches: does not count
        await put(staged, "left")
        await staged.built.cell.io("station").write("watching", True)
        await asyncio.sleep(6.0)
        assert staged.told("judged")
        assert not over(staged), "all people have left, but nothing was carried"
        await put(staged, "right")
        await put(staged, "right", aside=0.01)  # where it has been
        await put(staged, "left", rest=0.02)  # not at rest
        await put(staged, "right", aside=0.1)  # beside it
        await put(staged, "left")
        assert not over(staged), "two of three"
        begun = now()
        await put(staged, "right")
        assert over(staged)
        assert now() - begun < 1.0

    staged = stage(tmp_path, CELL, VISITORS, test)
    assert staged.process.tally.judged == 1


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [("workpiece: part", "workpiece: nut", "no stock of 'nut'"), ("[left, right]", "[left, moon]", "no place 'moon'")],
)
def test_what_the_cell_has_not_is_told(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    async def nothing(staged: Staged) -> None:
        raise AssertionError

    with pytest.raises(ConfigError, match=says):
        stage(tmp_path, CELL, VISITORS.replace(right, wrong), nothing)
