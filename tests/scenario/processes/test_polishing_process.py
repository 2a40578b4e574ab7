"""Plates, judged by the forces on their load cells along the pad's path, and by the area that the pad has covered."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from process_rig import Staged, stage
from weighed_world import WeighedWorld

from cellkit.errors import ConfigError
from cellkit.geometry import Pose

CELL = """
schema: cellkit/cell/1
name: polishing
devices:
  robot: {kind: arm, model: ur5e}
workpieces:
  pad: {shape: cylinder, size: [0.03, 0.03, 0.08], mass: 0.1}
places:
  holder: {xyz: [0.5, -0.3, 0]}
structures:
  plate: {xyz: [0.4, 0.3, 0.1], shapes: [{box: [0.06, 0.06, 0.01], xyz: [0, 0, -0.005]}], stiffness: 5000}
"""
POLISHING = """
kind: polishing
pad: pad
holder: holder
surfaces: [plate]
height: 0.002
tilt_deg: 2
margin: 0.006
force: 15
band: 5
peak: 30
"""
TAUGHT = Pose.from_rpy((0.4, 0.3, 0.1), frame="world")
ROWS = (-0.014, 0.0, 0.014)


def judged(tmp_path: Path, test: Callable[[WeighedWorld, Staged], Awaitable[None]], seed: int = 1) -> Staged:
    world = WeighedWorld({"plate": TAUGHT})

    async def run(staged: Staged) -> None:
        await test(world, staged)
        world.forces["plate"] = 0.0
        await asyncio.sleep(0.05)

    return stage(tmp_path, CELL, POLISHING, run, seed=seed, world=world)


async def polish(world: WeighedWorld, force: Callable[[float], float], rows: tuple[float, ...] = ROWS) -> None:
    """Polish rows to and fro over the plate; ``force`` (N) by the share of the path that is done."""
    way = [(x, y) for n, y in enumerate(rows) for x in np.linspace(-0.014, 0.014, 57).tolist()[:: -1 if n % 2 else 1]]
    for number, (x, y) in enumerate(way):
        world.move_body("pad", world.body_pose("plate").offset(x, y, 0.04))
        world.forces["plate"] = force(number / len(way))
        await asyncio.sleep(0.01)


def test_the_plate_lies_otherwise_than_taught(tmp_path: Path) -> None:
    seen: list[Pose] = []

    async def look(world: WeighedWorld, _staged: Staged) -> None:
        seen.append(world.body_pose("plate"))

    for seed in (1, 1, 2):
        judged(tmp_path, look, seed)
    for pose in seen:
        away, angle = TAUGHT.distance(pose)
        assert 0.0 < away <= 0.002
        assert 0.0 < math.degrees(angle) < 2 * 1.5
    assert seen[0].distance(seen[1]) == (0.0, 0.0)
    assert seen[0].distance(seen[2])[0] > 0.0


def test_an_even_force_all_over_is_good(tmp_path: Path) -> None:
    async def main(world: WeighedWorld, _staged: Staged) -> None:
        await polish(world, lambda done: 15.0 + 4.0 * math.sin(20.0 * done))

    tally = judged(tmp_path, main).process.tally
    assert tally.good == 1, tally.faults
    assert tally.figures["plate: way in the band (%)"] > 99.0
    assert tally.figures["plate: polished (%)"] == 100.0
    assert tally.figures["plate: peak force (N)"] == pytest.approx(19.0, abs=0.1)


@pytest.mark.parametrize(
    ("force", "rows", "fault"),
    [
        (lambda done: 25.0 if done > 0.85 else 15.0, ROWS, "% of the way with 15 ± 5 N (95% wanted)"),
        (lambda done: 7.0 if done > 0.5 else 15.0, ROWS, "of it polished"),
        (lambda done: 35.0 if 0.5 < done < 0.51 else 15.0, ROWS, "pressed with 35 N"),
        (lambda done: 15.0, ROWS[:2], "of it polished"),
        (lambda done: 0.5, ROWS, "0% of it polished"),
    ],
    ids=["too hard for a while", "too lightly", "a gouge", "a row left out", "over it in the air"],
)
def test_what_is_not_good(tmp_path: Path, force: Callable[[float], float], rows: tuple[float, ...], fault: str) -> None:
    async def main(world: WeighedWorld, _staged: Staged) -> None:
        await polish(world, force, rows)

    tally = judged(tmp_path, main).process.tally
    assert tally.good == 0
    assert fault in tally.faults[0]


def test_standing_still_is_no_way(tmp_path: Path) -> None:
    """However long the pad rests with the right force: only its path counts."""

    async def main(world: WeighedWorld, _staged: Staged) -> None:
        world.move_body("pad", world.body_pose("plate").offset(z=0.04))
        world.forces["plate"] = 15.0
        await asyncio.sleep(2.0)
        world.forces["plate"] = 0.0
        await asyncio.sleep(0.1)
        await polish(world, lambda done: 28.0)

    assert "0% of the way" in judged(tmp_path, main).process.tally.faults[0]


def test_its_faults(tmp_path: Path) -> None:
    async def no_plate(world: WeighedWorld, staged: Staged) -> None:
        staged.process.begin_fault("plate_missing")
        assert "plate" not in world.poses
        world.forces["plate"] = 0.0

    async def no_pad(world: WeighedWorld, staged: Staged) -> None:
        staged.process.begin_fault("pad_missing")
        assert "pad" not in world.poses
        world.forces["plate"] = 15.0
        await asyncio.sleep(0.1)

    async def slips(world: WeighedWorld, staged: Staged) -> None:
        staged.process.begin_fault("pad_slips")
        await asyncio.sleep(0.1)
        assert world.lost == []
        world.move_body("pad", world.body_pose("pad").offset(z=0.06))
        await asyncio.sleep(0.1)
        assert world.lost == ["robot"], "once, and not before it is on its way"

    assert judged(tmp_path, no_plate).process.tally.faults == ["plate: it is not in the cell any more"]
    assert judged(tmp_path, no_pad).process.tally.good == 0
    judged(tmp_path, slips)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[plate]", "[plat]", "no structure 'plat'"),
        ("holder: holder", "holder: hold", "no place 'hold'"),
        ("pad: pad", "pad: pads", "no workpiece 'pads'"),
    ],
)
def test_what_does_not_fit_the_cell(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    async def nothing(_staged: Staged) -> None:
        pass

    with pytest.raises(ConfigError, match=complaint):
        stage(tmp_path, CELL, POLISHING.replace(old, new), nothing, world=WeighedWorld({"plate": TAUGHT}))


def test_a_world_without_forces_is_refused(tmp_path: Path) -> None:
    async def nothing(_staged: Staged) -> None:
        pass

    with pytest.raises(ConfigError, match="has no contact forces; use --world physics"):
        stage(tmp_path, CELL, POLISHING, nothing)
