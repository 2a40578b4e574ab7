"""Machine tending: only a part that was in the chuck during the program counts, and only in its place."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest
from process_rig import Staged, stage

from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.errors import ConfigError
from cellkit.geometry import Pose

CELL = """
schema: cellkit/cell/1
name: tending
devices:
  robot: {kind: arm, model: ur5e}
  station:
    kind: digital_io
    inputs: [door_open, door_closed, chuck_closed, cycle_done]
    outputs: [open_door, close_chuck, start_cycle]
  mill: {kind: machine, signals: {io: station}, chuck: vice, door_time: 1.0, chuck_time: 0.2, cycle_time: 3.0}
workpieces:
  blank: {size: [0.05, 0.05, 0.04], mass: 0.2}
places:
  vice: {xyz: [0.5, 0.0, 0.2]}
  blanks: {xyz: [0.3, 0.4, 0.2], columns: 3, pitch: [0.1, 0.1]}
  finished: {xyz: [0.3, -0.4, 0.2], columns: 3, pitch: [0.1, 0.1]}
structures:
  bed: {xyz: [0.5, 0.0, 0.19], shapes: [{box: [0.2, 0.2, 0.02]}]}
  rack: {xyz: [0.3, 0.4, 0.19], shapes: [{box: [0.4, 0.2, 0.02]}]}
  shelf: {xyz: [0.3, -0.4, 0.19], shapes: [{box: [0.4, 0.2, 0.02]}]}
"""
TENDING = """
kind: machine_tending
machine: mill
workpiece: blank
blanks: blanks
finished: finished
jitter: {xy: 0.001, yaw_deg: 2}
"""


def put(staged: Staged, part: str, place: str, number: int = 0, **off: float) -> None:
    pose = staged.built.plan.layout.places(place)[number].offset(z=0.02)
    staged.built.world.move_body(part, pose.offset(**off))


async def worked(staged: Staged) -> None:
    """Close the chuck, run the program, open the chuck again."""
    machine = staged.built.machines["mill"]
    await asyncio.sleep(0.1)
    machine.move_chuck(True)
    await asyncio.sleep(0.3)
    assert machine.chuck is Clamping.CLOSED, machine.report().alarms
    machine.start_cycle()
    await asyncio.sleep(3.1)
    machine.move_chuck(False)
    await asyncio.sleep(0.3)


def test_blanks_lie_in_their_rack(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await asyncio.sleep(0.1)
        world = staged.built.world
        assert world.loose_bodies() == ["blank_1", "blank_2"]
        for name, place in zip(world.loose_bodies(), staged.built.plan.layout.places("blanks"), strict=False):
            where = world.body_pose(name).position
            assert abs(where - place.position)[:2].max() <= 0.001
            assert where[2] == pytest.approx(0.22, abs=1e-3)

    tally = stage(tmp_path, CELL, TENDING, test, quantity=2).process.tally
    assert tally.faults == ["blank_1: was never worked on", "blank_2: was never worked on"]


def test_through_the_machine_and_onto_the_shelf(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        for number in (1, 2):
            put(staged, f"blank_{number}", "vice", x=0.005)
            await worked(staged)
            put(staged, f"blank_{number}", "finished", number - 1)
        assert staged.told("worked_on") == [{"part": f"blank_{number}", "side": "top"} for number in (1, 2)]

    tally = stage(tmp_path, CELL, TENDING, test, quantity=2).process.tally
    assert (tally.good, tally.judged, tally.faults) == (2, 2, [])


def test_a_blank_on_the_shelf_is_not_finished(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        put(staged, "blank_1", "vice")
        await worked(staged)
        put(staged, "blank_1", "finished", 0)
        put(staged, "blank_2", "finished", 1)

    tally = stage(tmp_path, CELL, TENDING, test, quantity=2).process.tally
    assert tally.good == 1
    assert tally.faults == ["blank_2: was never worked on"]


def test_finished_parts_must_get_to_the_shelf(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        put(staged, "blank_1", "vice")
        await worked(staged)

    tally = stage(tmp_path, CELL, TENDING, test).process.tally
    assert tally.judged == 1
    assert "from its nest" in tally.faults[0]


def test_a_program_that_was_interrupted_has_worked_on_nothing(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        machine = staged.built.machines["mill"]
        put(staged, "blank_1", "vice")
        await asyncio.sleep(0.1)
        machine.move_chuck(True)
        await asyncio.sleep(0.3)
        machine.start_cycle()
        await asyncio.sleep(1.0)
        machine.alarm(MachineAlarm("E1", "the tool is broken", "fault"))
        await asyncio.sleep(5.0)
        assert machine.execution is Execution.INTERRUPTED
        assert staged.told("worked_on") == []

    tally = stage(tmp_path, CELL, TENDING, test).process.tally
    assert tally.faults == ["blank_1: was never worked on"]


def overturn(staged: Staged, part: str, place: str, number: int = 0) -> None:
    pose = staged.built.plan.layout.places(place)[number].offset(z=0.02)
    staged.built.world.move_body(part, pose @ Pose.from_rpy((0.0, 0.0, 0.0), (math.pi, 0.0, 0.03)))


TWO_SIDES = TENDING + "sides: 2\n"


@pytest.mark.parametrize(
    ("turned", "upside_down", "fault"),
    [
        (True, True, None),
        (False, True, "blank_1: was worked on at its top, then top; wanted top, then bottom"),
        (True, False, "blank_1: turned or tilted by 180.0 deg (allowed 5 deg)"),
    ],
    ids=["as it should be", "never turned over", "put back on its feet"],
)
def test_both_sides(tmp_path: Path, turned: bool, upside_down: bool, fault: str | None) -> None:
    async def test(staged: Staged) -> None:
        put(staged, "blank_1", "vice")
        await worked(staged)
        (overturn if turned else put)(staged, "blank_1", "vice")
        await worked(staged)
        (overturn if upside_down else put)(staged, "blank_1", "finished")

    staged = stage(tmp_path, CELL, TWO_SIDES, test, rest="tolerances: {position: 0.003, angle_deg: 5}\n")
    tally = staged.process.tally
    assert tally.faults == ([] if fault is None else [fault])
    assert staged.told("tended") == [{"doors": 0, "cycles": 2}]


def test_a_blank_that_is_missing(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        staged.process.begin_fault("blank_missing")
        assert staged.built.world.loose_bodies() == ["blank_1"]

    tally = stage(tmp_path, CELL, TENDING, test, quantity=2).process.tally
    assert tally.faults == ["blank_1: was never worked on", "blank_2: was missing"]


@pytest.mark.parametrize("what", ["door", "chuck"])
def test_a_machine_that_does_not_move(tmp_path: Path, what: str) -> None:
    async def test(staged: Staged) -> None:
        machine = staged.built.machines["mill"]
        put(staged, "blank_1", "vice")
        staged.process.begin_fault(f"{what}_jammed")
        machine.move_door(True)
        machine.move_chuck(True)
        await asyncio.sleep(2.0)
        assert machine.door is (Clamping.CLOSED if what == "door" else Clamping.OPEN)
        assert machine.chuck is (Clamping.OPEN if what == "chuck" else Clamping.CLOSED)

    stage(tmp_path, CELL, TENDING, test)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("machine: mill", "machine: mil", "process.machine: the cell has no machine 'mil'; did you mean mill?"),
        ("machine: mill", "machine: station", "process.machine: the cell has no machine 'station'; valid: mill"),
        ("workpiece: blank", "workpiece: blak", "the cell has no workpiece 'blak'; did you mean blank?"),
        ("finished: finished", "finished: finishd", "process.finished: the cell has no place 'finishd'; did you mean"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError) as told:
        stage(tmp_path, CELL, TENDING.replace(old, new), test)
    assert said in str(told.value)
    assert "scenario.yaml:" in str(told.value)


def test_more_parts_than_places(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match=r"scenario.yaml:6: quantity: 4 parts do not fit the racks"):
        stage(tmp_path, CELL, TENDING, test, quantity=4)


def test_a_machine_without_a_chuck(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match=r"process.machine: 'mill' has no chuck \(`chuck: PLACE` in the cell file\)"):
        stage(tmp_path, CELL.replace(" chuck: vice,", ""), TENDING, test)
