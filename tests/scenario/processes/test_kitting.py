"""Kits: places follow the seed, hidden parts follow the camera, and the parts in the nests are judged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from process_rig import Staged, stage

from cellkit.errors import ConfigError

CELL = """
schema: cellkit/cell/1
name: kitting
devices:
  robot: {kind: arm, model: ur5e}
  vision:
    kind: camera
    pose: {xyz: [0.5, 1.25, 0.6], rpy_deg: [232.4, 0, 180]}
    field_of_view_deg: 50
    finds: [post, pin]
workpieces:
  post: {size: [0.04, 0.04, 0.10], mass: 0.2}
  pin: {size: [0.03, 0.03, 0.04], mass: 0.08}
  stranger: {shape: cylinder, size: [0.06, 0.06, 0.02], mass: 0.15}
places:
  table: {xyz: [0.5, 0.6, 0.1]}
  for_posts: {xyz: [0.5, -0.3, 0.1], columns: 2, pitch: [0.1, 0.1]}
  for_pins: {xyz: [0.5, -0.5, 0.1], columns: 2, pitch: [0.1, 0.1]}
structures:
  table: {xyz: [0.5, 0.6, 0.05], shapes: [{box: [0.5, 0.5, 0.1]}]}
  kits: {xyz: [0.5, -0.4, 0.05], shapes: [{box: [0.3, 0.4, 0.1]}]}
"""
PROCESS = """
kind: kitting
nests: {post: for_posts, pin: for_pins}
table: table
area: [0.3, 0.3]
spacing: 0.09
camera: vision
behind: {pin: post}
foreign: [stranger]
scarce: pin
"""
HALF = {"post": 0.05, "pin": 0.02}


async def seen(staged: Staged, kind: str) -> list[str]:
    await asyncio.sleep(0.1)
    return [part.name for part in await staged.built.cell.locator("vision").locate(kind)]


def put(staged: Staged, kind: str, number: int, nest: int, **off: float) -> None:
    pose = staged.built.plan.layout.places(f"for_{kind}s")[nest - 1].offset(z=HALF[kind])
    staged.built.world.move_body(f"{kind}_{number}", pose.offset(**off))


def make_up(staged: Staged) -> None:
    for kind in HALF:
        for number in (1, 2):
            put(staged, kind, number, number)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_low_ones_come_to_sight_when_the_tall_ones_are_gone(tmp_path: Path, seed: int) -> None:
    async def test(staged: Staged) -> None:
        assert await seen(staged, "pin") == []
        assert await seen(staged, "post") == ["post_1", "post_2"]
        put(staged, "post", 1, 1)
        assert await seen(staged, "pin") == ["pin_1"]
        put(staged, "post", 2, 2)
        assert await seen(staged, "pin") == ["pin_1", "pin_2"]
        make_up(staged)

    tally = stage(tmp_path, CELL, PROCESS, test, quantity=2, seed=seed).process.tally
    assert (tally.good, tally.judged, tally.faults) == (2, 2, [])


def test_the_layout_goes_by_the_seed_and_keeps_its_distance(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        world = staged.built.world
        poses = [world.body_pose(name).position for name in world.loose_bodies()]
        layouts.append([round(float(value), 9) for pose in poses for value in pose])
        assert len(poses) == 5
        gaps = [float(((a - b)[:2] ** 2).sum() ** 0.5) for i, a in enumerate(poses) for b in poses[:i]]
        assert min(gaps) >= 0.09 - 1e-6

    layouts: list[list[float]] = []
    for seed in (1, 1, 2):
        stage(tmp_path, CELL, PROCESS, test, quantity=2, seed=seed)
    assert layouts[0] == layouts[1] != layouts[2]


def test_whoever_does_nothing_has_made_no_kit(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await asyncio.sleep(1.0)

    tally = stage(tmp_path, CELL, PROCESS, test, quantity=2).process.tally
    assert (tally.good, tally.judged) == (0, 2)
    assert tally.faults[0] == "kit 1: there is no post in its nest"


def test_a_part_of_the_wrong_kind_or_off_its_nest(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        make_up(staged)
        put(staged, "pin", 1, 1, x=0.004)
        pin = staged.built.plan.layout.places("for_pins")[1].offset(z=0.05)
        staged.built.world.move_body("pin_2", staged.built.plan.layout.places("table")[0].offset(z=0.02))
        staged.built.world.move_body("post_2", pin)

    tally = stage(tmp_path, CELL, PROCESS, test, quantity=2).process.tally
    assert tally.good == 0
    assert tally.faults[0] == "kit 1: the pin is 4.0 mm from its nest (allowed 3 mm)"
    assert tally.faults[1] == "kit 2: there is no post in its nest"


def test_what_is_foreign_is_to_be_left_alone(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        make_up(staged)
        world = staged.built.world
        world.move_body("stranger_1", world.body_pose("stranger_1").offset(x=0.02))

    tally = stage(tmp_path, CELL, PROCESS, test, quantity=2).process.tally
    assert tally.good == 0
    assert "stranger_1, which is no part, was moved by 20 mm" in tally.faults[0]


@pytest.mark.parametrize(("fault", "left"), [("part_missing", ["pin_1"]), ("kind_missing", []), ("part_covered", [])])
def test_faults(tmp_path: Path, fault: str, left: list[str]) -> None:
    async def test(staged: Staged) -> None:
        staged.process.begin_fault(fault)
        put(staged, "post", 1, 1)
        put(staged, "post", 2, 2)
        found = await seen(staged, "pin")
        assert found == (["pin_1"] if fault == "part_covered" else left)
        if found:
            put(staged, "pin", 1, 1)

    tally = stage(tmp_path, CELL, PROCESS, test, quantity=2).process.tally
    assert tally.good == (0 if fault == "kind_missing" else 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("camera: vision", "camera: robot", "process.camera: the cell has no camera 'robot'; valid: vision"),
        ("pin: for_pins", "pin: for_pns", "process.nests: the cell has no place 'for_pns'; did you mean for_pins"),
        ("scarce: pin", "scarce: stranger", "process.scarce: the cell has no kind in its kits 'stranger'"),
        ("area: [0.3, 0.3]", "area: [0.1, 0.1]", "process.area: 2 kits' parts do not fit 90 mm apart"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError) as told:
        stage(tmp_path, CELL, PROCESS.replace(old, new), test, quantity=2)
    assert said in str(told.value)
