"""A pallet: judged is how the stack stands in the world, independent of the program."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from process_rig import Staged, stage

from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.patterns import EUR_PALLET, interlocking, stack

SIZE = (0.78, 0.38)
HEIGHT = 0.22
CELL = """
schema: cellkit/cell/1
name: stacking
devices:
  robot: {kind: arm, model: ur10e}
  station: {kind: digital_io, inputs: [box_waiting, pallet_in_place]}
workpieces:
  box: {size: [0.78, 0.38, 0.22], mass: 8.0}
places:
  infeed: {xyz: [2.0, 2.0, 0.5]}
  deck: {xyz: [0, -1.0, 0.144]}
structures:
  pallet: {xyz: [0, -1.0, 0.072], shapes: [{box: [1.2, 0.8, 0.144]}]}
  infeed: {xyz: [2.0, 2.0, 0.25], shapes: [{box: [0.9, 0.5, 0.5]}]}
"""
PROCESS = """
kind: palletising
workpiece: box
infeed: infeed
pallet: pallet
deck: deck
gap: 0.015
wait: [0.5, 0.5]
io: station
waiting: box_waiting
in_place: pallet_in_place
"""
REST = "tolerances: {position: 0.005, height: 0.002, angle_deg: 1}\n"


def spots(staged: Staged, turned_alike: bool = False) -> list[Pose]:
    """Return where the middles of six boxes belong; ``turned_alike``: as if the second layer equalled the first."""
    layer = interlocking(EUR_PALLET[:2], SIZE, 0.015)
    deck = staged.built.plan.layout.places("deck")[0]
    layers = [layer, layer] if turned_alike else stack(layer, SIZE, 2)
    return [spot.pose(deck, (n + 0.5) * HEIGHT) for n, one in enumerate(layers) for spot in one]


async def fill(staged: Staged, poses: list[Pose]) -> None:
    """Move each box that comes to the next pose."""
    io = staged.built.cell.io("station")
    for number, pose in enumerate(poses, 1):
        await io.wait_for("box_waiting", timeout=10.0)
        staged.built.world.move_body(f"box_{number}", pose)
        await io.wait_for("box_waiting", False, timeout=1.0)
    await asyncio.sleep(0.5)


def staged_with(tmp_path: Path, change: dict[int, dict[str, float]], alike: bool = False) -> Staged:
    async def test(staged: Staged) -> None:
        poses = spots(staged, alike)
        await fill(staged, [pose.offset(**change.get(n, {})) for n, pose in enumerate(poses, 1)])

    return stage(tmp_path, CELL, PROCESS, test, quantity=6, rest=REST)


def test_a_stack_as_it_should_be(tmp_path: Path) -> None:
    tally = staged_with(tmp_path, {}).process.tally
    assert (tally.good, tally.judged, tally.faults) == (6, 6, [])
    assert max(tally.errors) < 1e-6


def test_the_same_layer_twice_is_the_wrong_pattern(tmp_path: Path) -> None:
    tally = staged_with(tmp_path, {}, alike=True).process.tally
    assert tally.good == 3
    assert [fault.split(": ")[1] for fault in tally.faults] == ["+220.0 mm too high or low (allowed 2 mm)"] * 3


def test_a_box_over_the_edge_spoils_those_on_top_as_well(tmp_path: Path) -> None:
    tally = staged_with(tmp_path, {2: {"y": 0.0345}}).process.tally
    assert tally.good == 2
    assert "box_2: reaches 22 mm over the edge of the pallet" in tally.faults
    assert [fault for fault in tally.faults if "on layer 2, but one below is not full" in fault]


def test_a_box_that_nobody_took_is_not_on_the_pallet(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await asyncio.sleep(5.0)

    staged = stage(tmp_path, CELL, PROCESS, test, quantity=6, rest=REST)
    assert len(staged.told("box_came")) == 1, "the next one waits until the place is free"
    assert staged.process.tally.good == 0


def test_the_infeed_runs_empty(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await fill(staged, spots(staged)[:2])
        staged.process.begin_fault("infeed_empty")
        await asyncio.sleep(10.0)

    staged = stage(tmp_path, CELL, PROCESS, test, quantity=6, rest=REST)
    assert len(staged.told("box_came")) <= 3


def test_a_false_call_comes_before_its_box(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        staged.process.begin_fault("false_call")
        io = staged.built.cell.io("station")
        await fill(staged, spots(staged)[:1])
        await io.wait_for("box_waiting", timeout=2.0)
        assert staged.built.world.loose_bodies() == ["box_1"], "announced, but not there"
        await asyncio.sleep(11.0)
        assert staged.built.world.loose_bodies() == ["box_1", "box_2"]

    stage(tmp_path, CELL, PROCESS, test, quantity=6, rest=REST)


def test_a_pallet_goes_with_its_boxes_and_comes_back(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        world, io = staged.built.world, staged.built.cell.io("station")
        poses = spots(staged)
        await fill(staged, poses[:2])
        assert await io.read("pallet_in_place")
        staged.process.begin_fault("pallet_gone")
        assert not await io.read("pallet_in_place")
        assert world.body_pose("pallet").position[0] == pytest.approx(6.0)
        assert world.body_pose("box_2").position[0] == pytest.approx(poses[1].position[0] + 6.0)
        await io.wait_for("pallet_in_place", timeout=10.0)
        assert world.body_pose("pallet").position[0] == pytest.approx(0.0)
        assert world.body_pose("box_2").position[0] == pytest.approx(poses[1].position[0])

    assert stage(tmp_path, CELL, PROCESS, test, quantity=6, rest=REST).process.tally.good == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("workpiece: box", "workpiece: bx", "process.workpiece: the cell has no workpiece 'bx'; did you mean box?"),
        ("pallet: pallet", "pallet: palet", "process.pallet: the cell has no structure 'palet'; did you mean pallet?"),
        ("waiting: box_waiting", "waiting: x", "process.waiting: the cell has no input 'x'"),
        ("gap: 0.015", "gap: -1", "process.gap: input should be greater than or equal to 0"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError) as told:
        stage(tmp_path, CELL, PROCESS.replace(old, new), test)
    assert said in str(told.value)


def test_a_box_larger_than_a_pallet(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match="no 'box' fits a EUR pallet"):
        stage(tmp_path, CELL.replace("[0.78, 0.38, 0.22]", "[1.3, 0.9, 0.22]"), PROCESS, test)
