"""The same cup carried by whatever has digital signals: an arm, a Modbus coupler, an IO-Link master; all by wire."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest
from vacuum_bench import CARRIERS, EVACUATION, FULL, GRIP_TIME, PART, CupCell, in_cell

from cellkit.cell.build import build_cell
from cellkit.cell.driver_selection import check_wires
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.world import World, WorldSettings, create_world
from cellkit.devices import Grip, Lifecycle
from cellkit.errors import ConfigError, ConnectionLost, GraspLost
from cellkit.joints import Array
from cellkit.timing import now

each_carrier = pytest.mark.parametrize("text", CARRIERS.values(), ids=CARRIERS)
SOON = 0.25  # s: the slowest carrier's looks at its signals, and the time of its answers


async def gripped(cup: CupCell) -> None:
    cup.put_part()
    assert (await cup.gripper.grip(PART)).held


def losses_of(cup: CupCell) -> list[float]:
    """When the cup has told of a loss."""
    moments: list[float] = []
    cup.gripper.on_event(lambda event: moments.append(event.time) if event.what == "grasp_lost" else None)
    return moments


@each_carrier
def test_grips_says_when_there_is_nothing_and_lets_go(text: str, tmp_path: Path) -> None:
    async def test(cup: CupCell) -> None:
        began = now()
        assert (await cup.gripper.grip(PART)).grip is Grip.NO_PART
        assert now() - began == pytest.approx(GRIP_TIME, abs=SOON)
        await asyncio.sleep(SOON)
        assert not cup.ejector
        cup.put_part()
        began = now()
        assert (await cup.gripper.grip(PART)).grip is Grip.PART
        assert now() - began == pytest.approx(EVACUATION, abs=SOON)
        assert cup.ejector
        assert cup.holds()
        assert (await cup.gripper.state()).part_present
        await cup.gripper.release(PART)
        assert not cup.ejector
        assert not cup.holds()
        assert not (await cup.gripper.state()).part_present

    in_cell(text, tmp_path, test)


def goal(cup: CupCell) -> Array:
    joints = cup.built.plan.arms["robot"].home.copy()
    joints[0] += 3.0
    return joints


@each_carrier
def test_a_part_lost_at_speed_stops_the_arm_and_is_told(text: str, tmp_path: Path) -> None:
    async def test(cup: CupCell) -> None:
        await gripped(cup)
        losses = losses_of(cup)
        plant = cup.built.plants["robot"].arm

        async def carry() -> None:
            async with cup.gripper.guard():
                await cup.arm.move_joint(goal(cup))

        carrying = asyncio.ensure_future(carry())
        await asyncio.sleep(0.6)
        assert cup.holds()
        assert max(abs(plant.state().velocity)) > 0.1, "the arm is under way"
        fell = now()
        cup.lose_part()
        with pytest.raises(GraspLost, match="hand: the part was lost"):
            await carrying
        (told,) = losses
        assert told - fell <= SOON
        assert max(abs(plant.state().velocity)) < 1e-3, "the arm stands"
        assert math.dist(plant.state().position, goal(cup)) > 0.1
        assert not cup.gripper.holding

    in_cell(text, tmp_path, test)


@each_carrier
def test_a_leak_at_speed_is_told_while_the_part_still_hangs(text: str, tmp_path: Path) -> None:
    async def test(cup: CupCell) -> None:
        await gripped(cup)
        held: list[bool] = []
        cup.gripper.on_event(lambda event: held.append(cup.holds()) if event.what == "grasp_lost" else None)

        async def carry() -> None:
            async with cup.gripper.guard():
                for _ in range(20):
                    await cup.arm.move_joint(goal(cup))
                    await cup.arm.move_joint(cup.built.plan.arms["robot"].home)

        cup.suction.leak(FULL / 10.0)
        with pytest.raises(GraspLost):
            await carry()
        assert held == [True]
        await cup.built.cell.stop()
        assert cup.ejector
        assert cup.holds()

    in_cell(text, tmp_path, test)


@each_carrier
def test_a_grip_that_is_stopped_leaves_the_ejector_off(text: str, tmp_path: Path) -> None:
    async def test(cup: CupCell) -> None:
        for moment in (0.001, 0.01, 0.03, 0.06, 0.1):
            cup.put_part()
            gripping = asyncio.ensure_future(cup.gripper.grip(PART))
            await asyncio.sleep(moment)
            await cup.built.cell.stop()
            await asyncio.wait({gripping})
            assert gripping.exception() is not None
            await asyncio.sleep(0.5)
            assert not cup.ejector, f"stopped after {moment} s"
            assert not cup.holds()
            cup.remove_part()

    in_cell(text, tmp_path, test)


@each_carrier
def test_silence_of_the_carrier_is_a_lost_link(text: str, tmp_path: Path) -> None:
    async def test(cup: CupCell) -> None:
        await gripped(cup)
        wired = "panel" in cup.built.plan.file.devices and cup.built.plan.file.devices["panel"].on is None  # type: ignore[union-attr]
        cup.devices.silence("panel" if wired else "robot")
        releasing = asyncio.ensure_future(cup.gripper.release())
        with pytest.raises(ConnectionLost):
            await releasing
        assert cup.gripper.lifecycle is Lifecycle.LOST
        with pytest.raises(ConnectionLost):
            await cup.gripper.grip()

    in_cell(text, tmp_path, test)


def test_a_coupler_that_falls_silent_drops_the_part_and_it_is_told_when_the_coupler_is_back(tmp_path: Path) -> None:
    async def test(cup: CupCell) -> None:
        await gripped(cup)
        losses = losses_of(cup)
        cup.devices.silence("panel")
        await asyncio.sleep(3.0)
        assert not cup.ejector, "its watchdog has opened the valve"
        assert not cup.holds()
        cup.devices._lines["panel"].restore()
        await cup.gripper.connect()
        assert len(losses) == 1
        assert not cup.gripper.holding
        assert (await cup.gripper.grip(PART)).held, "it hangs where it was: without physics nothing falls"

    in_cell(CARRIERS["a Modbus coupler"], tmp_path, test)


def test_every_run_is_the_same(tmp_path: Path) -> None:
    for text in CARRIERS.values():
        runs = []
        for _ in range(2):
            moments: list[tuple[float, str, str]] = []

            async def test(cup: CupCell, moments: list[tuple[float, str, str]] = moments) -> None:
                cup.built.cell.on_event(lambda event: moments.append((event.time, event.device, event.what)))
                await gripped(cup)
                await cup.arm.move_joint(goal(cup))
                await cup.gripper.release()

            in_cell(text, tmp_path, test)
            runs.append(moments)
        assert runs[0] == runs[1]
        assert len(runs[0]) > 5


# --- settings -------------------------------------------------------------------------------------------------------

WITH_PANEL = """\
schema: cellkit/cell/1
name: cup
devices:
  robot: {kind: arm, model: ur5e}
  panel:
    kind: digital_io
    inputs: [vacuum, ready]
    outputs: [ejector, lamp]
    wire: {driver: modbus}
  hand:
    kind: gripper
    model: vacuum
    on: robot
    wire:
      driver: vacuum
      settings:
        io: panel
"""


def build(file: Path, world: World) -> None:
    plan = read_cell(file)
    check_wires(plan)
    build_cell(plan, world, WireDevices(others=None))  # type: ignore[arg-type]


def refusal(text: str, folder: Path) -> ConfigError:
    file = folder / "cell.yaml"
    file.write_text(text, encoding="utf-8")
    world = create_world("kinematic", WorldSettings())
    try:
        with pytest.raises(ConfigError) as caught:
            build(file, world)
    finally:
        world.close()
    assert caught.value.file == file
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("[ejector, lamp]", "[ejectr, lamp]", "settings:", "ejector: 'panel' has no output 'ejector'; did you mean ej"),
        ("[vacuum, ready]", "[ready]", "settings:", "switch: 'panel' has no input 'vacuum'; valid: ready"),
        ("[ejector, lamp]", "[]", "settings:", "ejector: 'panel' has no output 'ejector'; there are none"),
        ("io: panel", "io: panel\n        blow_off: blow", "settings:", "blow_off: 'panel' has no output 'blow'"),
        ("io: panel", "io: panel\n        switch: lamp", "settings:", "switch: 'panel' has no input 'lamp'"),
        ("io: panel", "io: panel\n        ejector: ready", "settings:", "ejector: 'panel' has no output 'ready'"),
        ("io: panel", "io: panels", "io: panels", "no digital signals in role 'panels'; did you mean panel"),
        ("io: panel", "io: robot", "io: robot", "no digital signals in role 'robot'; "),
        ("io: panel", "io: panel\n        switch: ejector", "switch:", "'ejector' is the signal of ejector already"),
        ("io: panel", "io: panel\n        blow_off: vacuum", "blow_off:", "'vacuum' is the signal of switch already"),
        ("io: panel", "io: panel\n        ejector_terminal: 1", "ejector_terminal:", "those of 'panel' are set"),
        ("io: panel", "io: panel\n        grip_tme: 1.0", "grip_tme:", "no such setting; did you mean grip_time"),
        ("io: panel", "io: panel\n        grip_time: 0", "grip_time:", "grip_time: input should be greater than 0"),
        ("io: panel", "blow_off_terminal: 1", "blow_off_terminal:", "has no blow-off valve; name its signal"),
        ("io: panel", "ejector_terminal: 99", "hand:|settings:", "ejector: no digital output 99; the controller has 0"),
        ("io: panel", "switch_terminal: 99", "hand:|settings:", "vacuum: no digital input 99; the controller has 0"),
        (
            "io: panel", "ejector_terminal: 1\n        blow_off: puff", "hand:|settings:",
            "ejector and blow-off are both at terminal 1; set `blow_off_terminal`",
        ),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_with_its_line(tmp_path: Path, old: str, new: str, where: str, words: str) -> None:
    text = WITH_PANEL.replace(old, new, 1)
    assert text != WITH_PANEL
    error = refusal(text, tmp_path)
    lines = {number for number, line in enumerate(text.splitlines(), 1) if any(one in line for one in where.split("|"))}
    assert words in str(error)
    assert error.line in lines


def test_an_arm_without_signals_is_told(tmp_path: Path) -> None:
    text = WITH_PANEL.replace("        io: panel", "        switch: vacuum").replace("ur5e", "fr3")
    assert "the driver of fr3 does not reach the signals of its controller" in str(refusal(text, tmp_path))
