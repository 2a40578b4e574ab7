"""A feeder: one part after the other, each some time after the one before has left, at a random place."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest
from process_rig import Staged, stage

from cellkit.errors import ConfigError
from cellkit.timing import now

CELL = """
schema: cellkit/cell/1
name: feeding
devices:
  robot: {kind: arm, model: ur5e}
workpieces:
  part: {size: [0.04, 0.06, 0.05], mass: 0.2}
places:
  slot: {xyz: [0.4, 0.3, 0.2]}
  fixture: {xyz: [0.4, -0.3, 0.2], columns: 3, pitch: [0.1, 0.1]}
structures:
  feeder: {xyz: [0.4, 0.3, 0.19], shapes: [{box: [0.2, 0.2, 0.02]}]}
  holder: {xyz: [0.4, -0.3, 0.19], shapes: [{box: [0.4, 0.2, 0.02]}]}
"""
FEEDER = """
kind: feeder
workpiece: part
slot: slot
fixture: fixture
jitter: {xy: 0.004, yaw_deg: 10}
wait: [1.0, 2.0]
"""


def place(staged: Staged, part: str, nest: int, **off: float) -> None:
    pose = staged.built.plan.layout.places("fixture")[nest].offset(z=0.025)
    staged.built.world.move_body(part, pose.offset(**off))


async def came(staged: Staged, count: int) -> None:
    while len(staged.told("part_came")) < count:  # noqa: ASYNC110 - only its report shows an arrival
        await asyncio.sleep(0.01)


def test_one_part_at_a_time_and_all_of_them_in_the_end(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        world = staged.built.world
        for number in range(1, 4):
            left = now()
            await came(staged, number)
            assert 1.0 <= now() - left <= 2.1, "between the least and the most, and the feeder's look"
            name = f"part_{number}"
            assert world.loose_bodies()[-1] == name
            pose = world.body_pose(name)
            assert abs(pose.position[0] - 0.4) <= 0.004
            assert abs(pose.position[1] - 0.3) <= 0.004
            assert abs(math.degrees(pose.rpy[2])) <= 10.0
            await asyncio.sleep(5.0)
            assert len(staged.told("part_came")) == number, "the slot is not free"
            place(staged, name, number - 1)
        await asyncio.sleep(10.0)
        assert len(world.loose_bodies()) == 3

    staged = stage(tmp_path, CELL, FEEDER, test, quantity=3)
    assert (staged.process.tally.good, staged.process.tally.judged) == (3, 3)
    assert staged.process.tally.errors == pytest.approx([0.0] * 3, abs=1e-9)
    assert [data["part"] for data in staged.told("judged")] == ["part_1", "part_2", "part_3"]


def test_a_part_lifted_a_little_has_not_left(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await came(staged, 1)
        slot = staged.built.plan.layout.places("slot")[0]
        staged.built.world.move_body("part_1", slot.offset(x=0.09, z=0.025))
        await asyncio.sleep(5.0)
        assert len(staged.told("part_came")) == 1
        staged.built.world.move_body("part_1", slot.offset(x=0.11, z=0.025))
        await came(staged, 2)

    stage(tmp_path, CELL, FEEDER, test, quantity=2)


def test_chance_goes_by_the_seed(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await came(staged, 1)
        first = now()
        place(staged, "part_1", 0)
        await came(staged, 2)
        poses.append((first, now(), *staged.built.world.body_pose("part_2").position))

    poses: list[tuple[float, ...]] = []
    for seed in (1, 1, 2):
        stage(tmp_path, CELL, FEEDER, test, seed=seed, quantity=2)
    assert poses[0] == poses[1]
    assert poses[0][0] == poses[2][0] == pytest.approx(1.0, abs=0.02), (
        "the first comes after the least time, for every seed"
    )
    assert poses[0][1] != poses[2][1]
    assert poses[0][2:] != poses[2][2:]


@pytest.mark.parametrize(
    ("off", "fault"),
    [
        ({"x": 0.004}, "4.0 mm from its nest (allowed 3 mm)"),
        ({"y": 0.4}, "from its nest (allowed 3 mm)"),
        ({"x": 0.002}, None),
    ],
)
def test_parts_that_do_not_stand_right(tmp_path: Path, off: dict[str, float], fault: str | None) -> None:
    async def test(staged: Staged) -> None:
        await came(staged, 1)
        place(staged, "part_1", 1, **off)

    tally = stage(tmp_path, CELL, FEEDER, test).process.tally
    assert tally.judged == 1
    assert tally.good == (0 if fault else 1)
    if fault:
        assert fault in tally.faults[0]
        assert tally.faults[0].startswith("part_1: ")
    else:
        assert tally.errors == pytest.approx([0.002], abs=1e-9)


def test_two_parts_in_one_nest(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await came(staged, 1)
        place(staged, "part_1", 0)
        await came(staged, 2)
        place(staged, "part_2", 0, x=0.002)

    rest = "tolerances: {height: 1.0}\n"  # they stand on one another
    tally = stage(tmp_path, CELL, FEEDER, test, quantity=2, rest=rest).process.tally
    assert (tally.good, tally.judged) == (1, 2)
    assert tally.faults == ["part_2: shares nest 1 with another part"]


def test_nothing_comes_after_the_end(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        staged.process.finish()
        await asyncio.sleep(10.0)
        assert staged.reports == []

    staged = stage(tmp_path, CELL, FEEDER, test, quantity=3)
    assert staged.process.tally.judged == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("workpiece: part", "workpiece: prt", "process.workpiece: the cell has no workpiece 'prt'; did you mean part?"),
        ("slot: slot", "slot: slott", "process.slot: the cell has no place 'slott'; did you mean slot?"),
        ("fixture: fixture", "fixture: x", "process.fixture: the cell has no place 'x'; valid: fixture, slot"),
        ("wait: [1.0, 2.0]", "wait: [1.0]", "process.wait: "),
        ("wait: [1.0, 2.0]", "wait: [-1.0, 2.0]", "process.wait.0: input should be greater than or equal to 0"),
        ("xy: 0.004", "xy: -0.004", "process.jitter.xy: "),
        ("kind: feeder", "kind: feder", "process.kind: unknown kind 'feder'; did you mean feeder?"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError) as told:
        stage(tmp_path, CELL, FEEDER.replace(old, new), test)
    where, line, text = str(told.value).split(":", 2)
    assert Path(where).name == "scenario.yaml"
    assert 7 <= int(line) <= 14
    assert said in text


def test_parts_that_lie_there_already(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match="'part' is also in the cell's stock; remove it there, the process brings it"):
        stage(tmp_path, CELL + "stock: {part: fixture}\n", FEEDER, test)


def test_more_parts_than_room(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match="100 parts do not fit 'fixture'"):
        stage(tmp_path, CELL, FEEDER, test, quantity=100)
