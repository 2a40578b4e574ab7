"""Pegs and holes, judged by the poses of the pegs and the forces on the blocks' load cells."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from process_rig import Staged, stage
from weighed_world import WeighedWorld

from cellkit.errors import ConfigError
from cellkit.geometry import Pose

CELL = """
schema: cellkit/cell/1
name: insertion
devices:
  robot: {kind: arm, model: ur5e}
workpieces:
  peg: {shape: cylinder, size: [0.02, 0.02, 0.08], mass: 0.1}
places:
  holder: {xyz: [0.5, -0.3, 0], columns: 2}
  hole_a: {xyz: [0.4, 0.3, 0.1]}
  hole_b: {xyz: [0.4, 0.5, 0.1]}
structures:
  a: {xyz: [0.4, 0.3, 0.1], nests: {place: hole_a, workpiece: peg, sides: 12, clearance: 0.0005}, stiffness: 50000}
  b: {xyz: [0.4, 0.5, 0.1], nests: {place: hole_b, workpiece: peg, sides: 12, clearance: 0.0005}, stiffness: 50000}
"""
INSERTION = """
kind: insertion
workpiece: peg
holders: holder
blocks: [a, b]
offset: 0.0015
height: 0.001
force: 60
"""
PLACES = {"a": (0.4, 0.3, 0.1), "b": (0.4, 0.5, 0.1)}
HALF = 0.04


def judged(tmp_path: Path, test: Callable[[WeighedWorld, Staged], Awaitable[None]], seed: int = 1) -> Staged:
    world = WeighedWorld({name: Pose.from_rpy(xyz, frame="world") for name, xyz in PLACES.items()})

    async def run(staged: Staged) -> None:
        await test(world, staged)
        await asyncio.sleep(0.1)

    return stage(tmp_path, CELL, INSERTION, run, quantity=2, seed=seed, world=world)


def stands(world: WeighedWorld, peg: str, block: str, above: float = 0.0, lean_deg: float = 0.0) -> None:
    """Put a peg with its end at a height above the bottom of a hole."""
    lean = Pose.from_rpy((0, 0, above), (0, math.radians(lean_deg), 0)) @ Pose.from_rpy((0, 0, HALF))
    world.move_body(peg, world.body_pose(block) @ lean)


def test_the_blocks_are_not_where_they_were_taught_and_differ_by_seed(tmp_path: Path) -> None:
    seen = []

    async def look(world: WeighedWorld, _staged: Staged) -> None:
        seen.append([world.body_pose(name).position - PLACES[name] for name in PLACES])

    for seed in (1, 1, 2):
        judged(tmp_path, look, seed)
    for offsets in seen:
        for x, y, z in offsets:
            assert max(abs(x), abs(y)) <= 0.0015
            assert abs(z) <= 0.001
            assert math.hypot(x, y) > 1e-5
    assert [list(one) for one in seen[0]] == [list(one) for one in seen[1]]
    assert [list(one) for one in seen[0]] != [list(one) for one in seen[2]]


def test_pegs_that_stand_at_the_bottoms_are_good(tmp_path: Path) -> None:
    async def insert(world: WeighedWorld, _staged: Staged) -> None:
        stands(world, "peg_1", "a")
        stands(world, "peg_2", "b", above=0.0008, lean_deg=0.8)
        world.forces["a"] = 45.0

    staged = judged(tmp_path, insert)
    assert staged.process.tally.good == 2
    assert staged.process.tally.figures == {"peak force on a (N)": 45.0, "peak force on b (N)": 0.0}


@pytest.mark.parametrize(
    ("above", "lean", "force", "fault"),
    [
        (0.004, 0.0, 0.0, "4.0 mm above the hole's bottom"),
        (0.0, 2.0, 0.0, "leans by 2.0 deg"),
        (0.0, 0.0, 61.0, "b was pressed with 61 N"),
        (0.02, 0.0, 0.0, "20.0 mm above the hole's bottom"),  # on the block's top
    ],
)
def test_what_is_wrong_with_a_peg(tmp_path: Path, above: float, lean: float, force: float, fault: str) -> None:
    async def insert(world: WeighedWorld, _staged: Staged) -> None:
        stands(world, "peg_1", "a")
        stands(world, "peg_2", "b", above, lean)
        world.forces["b"] = force
        await asyncio.sleep(0.1)
        world.forces["b"] = 0.0

    tally = judged(tmp_path, insert).process.tally
    assert tally.good == 1
    assert len(tally.faults) == 1
    assert tally.faults[0].startswith("peg_2: ")
    assert fault in tally.faults[0]


def test_a_program_that_does_nothing_makes_nothing_good(tmp_path: Path) -> None:
    async def nothing(_world: WeighedWorld, _staged: Staged) -> None:
        pass

    tally = judged(tmp_path, nothing).process.tally
    assert (tally.good, tally.judged) == (0, 2)
    assert "from the nearest hole" in tally.faults[0]


def test_two_pegs_do_not_share_a_hole(tmp_path: Path) -> None:
    async def insert(world: WeighedWorld, _staged: Staged) -> None:
        stands(world, "peg_1", "a")
        stands(world, "peg_2", "a")

    assert judged(tmp_path, insert).process.tally.faults == ["peg_2: shares a with another peg"]


def test_its_faults(tmp_path: Path) -> None:
    async def missing(world: WeighedWorld, staged: Staged) -> None:
        staged.process.begin_fault("part_missing")
        assert world.loose_bodies() == ["peg_1"]
        stands(world, "peg_1", "a")

    assert judged(tmp_path, missing).process.tally.faults == ["peg_2: it is not in the cell any more"]

    async def blocked(world: WeighedWorld, staged: Staged) -> None:
        staged.process.begin_fault("blocked")
        chip = world.body_pose("chip").position
        assert math.dist(chip, world.body_pose("b").position) < 0.01
        world.forces["chip"] = 70.0  # the block carries it
        stands(world, "peg_2", "b")

    assert any("b was pressed with 70 N" in fault for fault in judged(tmp_path, blocked).process.tally.faults)

    async def slips(world: WeighedWorld, staged: Staged) -> None:
        staged.process.begin_fault("part_slips")
        await asyncio.sleep(0.1)
        assert world.lost == []
        world.forces["a"] = 8.0
        await asyncio.sleep(0.1)
        assert world.lost == ["robot"], "once"

    judged(tmp_path, slips)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("blocks: [a, b]", "blocks: [a, c]", "no structure 'c'"),
        ("blocks: [a, b]", "blocks: [a]", "2 pegs do not fit the holders and blocks: the room is for 1"),
        ("holders: holder", "holders: hole", "no place 'hole'"),
        ("workpiece: peg", "workpiece: pin", "no workpiece 'pin'"),
    ],
)
def test_what_does_not_fit_the_cell(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    async def nothing(_staged: Staged) -> None:
        pass

    world = WeighedWorld({name: Pose.from_rpy(xyz, frame="world") for name, xyz in PLACES.items()})
    with pytest.raises(ConfigError, match=complaint):
        stage(tmp_path, CELL, INSERTION.replace(old, new), nothing, quantity=2, world=world)


def test_a_world_without_forces_is_refused(tmp_path: Path) -> None:
    async def nothing(_staged: Staged) -> None:
        pass

    with pytest.raises(ConfigError, match="has no contact forces; use --world physics"):
        stage(tmp_path, CELL, INSERTION, nothing, quantity=2)


def test_many_sides_are_for_round_parts(tmp_path: Path) -> None:
    async def nothing(_staged: Staged) -> None:
        pass

    square = CELL.replace("shape: cylinder, size", "size")
    with pytest.raises(ConfigError, match="12 sides are for round parts"):
        stage(tmp_path, square, INSERTION, nothing, quantity=2)
