"""A device bench: one virtual device of every wire, and the commands that operate it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.cell.driver_selection import wire_of
from cellkit.cell.kinds.fields import WireConfig
from cellkit.cell.kinds.table import kind_of_model
from cellkit.controller.world import World, WorldSettings, create_world
from cellkit.devices.machine import Clamping, Execution
from cellkit.errors import ConfigError
from cellkit.models.load import AnyModel, load_model
from cellkit.registry import WireSpec
from cellkit.timing import run
from cellkit.transport import MemoryNetwork


@pytest.fixture
def world() -> Iterator[World]:
    made = create_world("kinematic", WorldSettings())
    yield made
    made.close()


def example(driver: str, wire: WireSpec) -> AnyModel | None:
    """Any model that is reached so."""
    for name in sorted(registry.model_files()):
        spec = registry.driver_of_model(name)
        if spec is not None and spec.name == driver and kind_of_model(load_model(name)).name == wire.kind:
            return load_model(name)
    return None


def all_wires() -> list[object]:
    return [
        pytest.param(name, wire, id=f"{name}-{wire.kind}-{wire.protocol}")
        for name in registry.driver_names()
        for wire in registry.driver(name).wires
        if wire.simulated
    ]


def stand_of(kind: str, model: str | None, world: World, protocol: str | None = None) -> DeviceBench:
    loaded = None if model is None else load_model(model)
    driver = "modbus" if kind == "io" else None
    _, wire = wire_of(kind, loaded, WireConfig(driver=driver, protocol=protocol), None)
    return DeviceBench(wire, loaded, world)


def served(stand: DeviceBench, test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await stand.virtual.start(MemoryNetwork())
        try:
            await test()
        finally:
            await stand.virtual.stop()

    run(main(), stepper=stand.world.stepper)


@pytest.mark.parametrize(("driver", "wire"), all_wires())
def test_every_wire_has_a_device_that_can_be_served(driver: str, wire: WireSpec, world: World) -> None:
    stand = DeviceBench(wire, example(driver, wire), world)
    assert stand.virtual.ENDPOINTS
    assert stand.virtual.title.strip()

    async def test() -> None:
        assert stand.virtual.status_line().strip()
        assert "\n" not in stand.virtual.status_line()
        assert set(stand.virtual.ports) | set(stand.virtual.lines) == set(stand.virtual.ENDPOINTS)
        for word, action in stand.switches().items():
            assert callable(action), word
            assert word == word.lower().strip()

    served(stand, test)


def test_a_wire_without_a_virtual_device(world: World) -> None:
    wire = replace(next(iter(registry.driver("modbus").wires_of("io"))), virtual=None, protocol="nothing")
    with pytest.raises(ConfigError, match="protocol 'nothing' has no virtual device of its own"):
        DeviceBench(wire, None, world)


def test_no_arm_to_carry_it(world: World) -> None:
    wire = next(wire for wire in registry.driver("robotiq").wires if wire.arms)
    with pytest.raises(ConfigError, match="no installed arm of nobody to put the gripper on"):
        DeviceBench(replace(wire, arms=("nobody",)), load_model("2f-85"), world)


def test_a_gripper_that_is_a_part_of_its_arms_controller_comes_with_it(world: World) -> None:
    wire = next(iter(registry.driver("franka").wires_of("jaws")))
    stand = DeviceBench(wire, load_model("franka-hand"), world)
    assert stand.bench.arm_model.id == "fr3"
    assert (stand.controller is stand.virtual) is (wire.virtual is None)


def test_parts_come_and_are_taken(world: World) -> None:
    stand = stand_of("jaws", "2f-140", world)
    assert stand.bench.plant is not None
    switches = stand.switches()

    async def test() -> None:
        with pytest.raises(ValueError, match=r"there is no part; put one first"):
            switches["lose"]()
        with pytest.raises(ValueError, match="could not convert"):
            switches["part"]("wide")
        jaws = stand.bench.plant
        assert jaws is not None
        switches["part"]("0.06")
        await asyncio.sleep(0.1)
        assert (await jaws.drive(0.0, 0.1, 40.0)).width == pytest.approx(0.06, abs=1e-6)
        slips: list[int] = []
        jaws.on_slip(lambda: slips.append(1))
        switches["lose"]()
        await asyncio.sleep(0.1)
        assert slips == [1]
        await jaws.drive(0.14, 0.1, 40.0)
        switches["part"]("0.03")  # another one takes the place of the first
        await asyncio.sleep(0.1)
        assert (await jaws.drive(0.0, 0.1, 40.0)).width == pytest.approx(0.03, abs=1e-6)

    served(stand, test)


def test_forces_are_put_on_by_hand(world: World) -> None:
    stand = stand_of("force_torque", "gamma", world)
    push = stand.switches()["force"]
    push("1", "-2", "3.5")
    assert stand.bench.plant.wrench().force.tolist() == [1.0, -2.0, 3.5]
    assert not stand.bench.plant.wrench().torque.any()
    push("0", "0", "0", "0.1", "0.2", "0.3")
    assert stand.bench.plant.wrench().torque.tolist() == [0.1, 0.2, 0.3]
    for words in ((), ("1", "2"), ("1", "2", "3", "4")):
        with pytest.raises(ValueError, match=r"force FX FY FZ \[TX TY TZ\], in N and N m"):
            push(*words)


def test_things_are_put_before_sensors_by_hand(world: World) -> None:
    beam = stand_of("proximity", "ogd592", world)
    heard: list[float | None] = []
    beam.bench.plant.on_change(lambda: heard.append(beam.bench.plant.distance()))
    beam.switches()["distance"]("0.2")
    beam.switches()["distance"]("none")
    assert heard == [0.2, None]
    scanner = stand_of("scanner", "tim571", world)
    scanner.switches()["post"]("1.5")
    ranges = scanner.bench.plant.ranges()
    seen = np.isfinite(ranges)
    # 0.1 m wide at 1.5 m, a beam every third of a degree
    assert seen.sum() == pytest.approx(math.degrees(2 * math.atan2(0.05, 1.5)) * 3, abs=1.0)
    assert ranges[seen] == pytest.approx(1.5, abs=0.1)
    assert seen[len(ranges) // 2], "straight ahead"
    scanner.switches()["post"]("none")
    assert not np.isfinite(scanner.bench.plant.ranges()).any()
    reader = stand_of("code_reader", None, world)
    reader.switches()["label"]("PART", "7")
    assert reader.bench.plant.code() == "PART 7"
    reader.switches()["label"]()
    assert reader.bench.plant.code() is None


def test_somebody_works_at_the_machine(world: World) -> None:
    stand = stand_of("machine", None, world)
    machine, switches = stand.bench.plant, stand.switches()

    async def test() -> None:
        switches["open_door"]()
        await asyncio.sleep(2.0)
        assert machine.door is Clamping.OPEN
        switches["start"]()
        assert [alarm.code for alarm in machine.report().alarms] == ["DOOR_OPEN"]
        switches["reset"]()
        switches["close_door"]()
        switches["close_chuck"]()
        await asyncio.sleep(2.0)
        switches["start"]()
        assert machine.execution is Execution.ACTIVE
        switches["alarm"]()
        assert machine.execution is Execution.INTERRUPTED
        switches["reset"]()
        switches["open_chuck"]()
        switches["off"]()
        assert not machine.report().available
        switches["on"]()
        await asyncio.sleep(1.0)
        assert machine.chuck is Clamping.OPEN
        assert machine.report().available

    served(stand, test)
