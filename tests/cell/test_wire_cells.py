"""Whole cells on the wire path: devices of every kind, signals of an arm's own controller, and who is wired to what."""

from __future__ import annotations

import asyncio

import pytest
from cell_rig import Job, controller_of

from cellkit.cell import Cell
from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import VacuumGripper
from cellkit.devices.machine import Clamping
from cellkit.errors import ConfigError, ConnectionLost
from cellkit.geometry import Wrench
from cellkit.scenario.runner import device_factory
from cellkit.timing import now, run

EVERY_KIND = """
robot: {kind: arm, model: ur5e}
wrist: {kind: force_torque, model: gamma, on: robot}
hand: {kind: gripper, model: 2f-85, on: robot}
eye: {kind: camera, pose: {xyz: [0.5, 0, 1.5], rpy_deg: [180, 0, 0]}}
own: {kind: digital_io, on: robot, inputs: {part_ready: 3}, outputs: {lamp: 5}}
levels: {kind: analog_io, on: robot, inputs: {pressure: {terminal: 1, low: 0, high: 10, unit: bar}}}
station:
  kind: digital_io
  inputs: [door_open, door_closed, chuck_closed, cycle_done]
  outputs: [open_door, close_chuck, start_cycle]
  wire: {driver: modbus}
drive: {kind: analog_io, outputs: {speed: {terminal: 0, low: 0, high: 3000}}}
beam: {kind: proximity, model: ods9-450, pose: {xyz: [1, 1, 0.3], rpy_deg: [180, 0, 0]}}
around:
  kind: scanner
  model: tim571
  pose: {xyz: [0, 0, 0.3]}
  fields: {near: [[0.2, -0.3], [1.0, -0.3], [1.0, 0.3], [0.2, 0.3]]}
label: {kind: code_reader, pose: {xyz: [1.2, 1, 0.3], rpy_deg: [180, 0, 0]}}
mill: {kind: machine, signals: {io: station}}
"""
VACUUM = "robot: {kind: arm, model: ur5e}\nhand: {kind: gripper, model: vacuum, on: robot%s}\n"


def test_devices_of_every_kind_in_one_cell(job: Job) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        assert await cell.proximity("beam").distance() == pytest.approx(0.3, abs=1e-3)
        reading = await cell.force_torque("wrist").read()
        assert reading.wrench.force[2] == pytest.approx(9.81 * 1.18, abs=0.1), "sensor and gripper hang there"
        assert not await cell.scanner("around").violated("near")
        assert await cell.code_reader("label").read_code() is None
        machine, station = cell.machine("mill"), cell.io("station")
        assert (await machine.state()).door is Clamping.CLOSED
        await station.write("open_door", True)
        await machine.wait_for(door=Clamping.OPEN)
        await station.wait_for("door_open", True, timeout=1.0)
        await cell.analog_io("drive").write("speed", 1500.0)
        await asyncio.sleep(0.1)
        assert built.analog_images["drive"]["speed"] == pytest.approx(0.5, abs=1e-3)
        assert (await cell.gripper("hand").grip()).held is False
        await cell.arm("robot").move_joint(cell.arm("robot").home + 0.1)

    job.write(EVERY_KIND)
    job.run(program, "wire")


def test_every_device_has_an_address_of_its_own(job: Job) -> None:
    job.write(EVERY_KIND)
    built = job.build("wire")
    assert isinstance(built.factory, WireDevices)
    hosts = [host for _, host in built.factory._started]
    assert len(set(hosts)) == len(hosts) >= 9
    assert all(host.startswith("127.0.0.") and host != "127.0.0.1" for host in hosts)
    built.world.close()


def test_signals_of_an_arms_own_controller(job: Job) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        own, controller = cell.io("own"), controller_of(built, "robot")
        assert not await own.read("part_ready")
        built.images["own"]["part_ready"] = True
        await own.wait_for("part_ready", True, timeout=1.0)
        await own.write("lamp", True)
        await asyncio.sleep(0.05)
        assert built.images["own"]["lamp"], "the world sees what the program has set"
        assert controller.digital_output(5)
        assert not controller.digital_output(4)
        built.analog_images["levels"]["pressure"] = 0.75
        found = await cell.analog_io("levels").wait_for("pressure", above=7.0, timeout=1.0)
        assert found == pytest.approx(7.5, abs=0.01)

    job.write(EVERY_KIND)
    job.run(program, "wire")


def test_own_signals_live_and_die_with_their_arm(job: Job) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        own = cell.io("own")
        waiting = asyncio.ensure_future(own.wait_for("part_ready", True, timeout=60.0))
        await asyncio.sleep(0.1)
        await cell.arm("robot").close()
        with pytest.raises(ConnectionLost, match="the arm that it belongs to was closed"):
            await waiting
        with pytest.raises(ConnectionLost):
            await own.read("part_ready")

    job.write(EVERY_KIND)
    job.run(program, "wire")


COUPLER = "io: {kind: digital_io, inputs: [vacuum], outputs: [ejector], wire: {driver: modbus}}\n"


@pytest.mark.parametrize("settings", ["", ", wire: {settings: {io: io}}"], ids=["the arm's", "a coupler's"])
def test_a_vacuum_gripper_hangs_on_signals(job: Job, settings: str) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        hand = cell.gripper("hand")
        assert isinstance(hand, VacuumGripper)
        valve, seen = built.images["io"], []
        valve.watch("ejector", lambda: seen.append(valve["ejector"]))
        assert not (await hand.grip()).held
        await hand.release()
        assert seen == ([True, False] if settings else []), "the coupler's valve, if it is the one"

    job.write(VACUUM % settings + COUPLER)
    job.run(program, "wire")


@pytest.mark.parametrize(
    ("devices", "line", "said"),
    [
        (VACUUM % ", wire: {settings: {io: station}}", 5, "no digital signals in role 'station'"),
        (
            VACUUM % ", wire: {settings: {io: io}}"
            + "io: {kind: digital_io, outputs: [ejectr], wire: {driver: modbus}}",
            5,
            "ejector: 'io' has no output 'ejector'; did you mean ejectr?",
        ),
        (
            VACUUM % ", wire: {settings: {io: io}}"
            + "io: {kind: digital_io, inputs: [a], outputs: [ejector], wire: {driver: modbus}}",
            5,
            "switch: 'io' has no input 'vacuum'; valid: a",
        ),
        (
            VACUUM % ", wire: {settings: {ejector_terminal: 99}}",
            5,
            "hand.signals: ejector: no digital output 99; the controller has 0 to 17",
        ),
        (
            "robot: {kind: arm, model: ur5e}\nio: {kind: digital_io, on: robot, inputs: {a: 99}}",
            5,
            "io: a: no digital input 99; the controller has 0 to 17",
        ),
        (
            "robot: {kind: arm, model: crx-10ia}\nio: {kind: digital_io, on: robot, outputs: [a]}",
            5,
            "io: a: no digital output 0; the controller has 1 to 512",
        ),
        (
            "robot: {kind: arm, model: gp7}\n"
            "io: {kind: analog_io, on: robot, inputs: {a: {terminal: 1, low: 0, high: 1}}}",
            5,
            "io: a: no analog input 1; the controller has none",
        ),
        (
            "robot: {kind: arm, model: fr3}\nio: {kind: digital_io, on: robot, inputs: [a]}",
            5,
            "the driver of fr3 does not reach the signals of its controller",
        ),
        (
            "robot: {kind: arm, model: fr3}\nhand: {kind: gripper, model: vacuum, on: robot}",
            5,
            "the driver of fr3 does not reach the signals of its controller",
        ),
    ],
)
def test_signals_that_are_not_there(job: Job, devices: str, line: int, said: str) -> None:
    job.write(devices)
    with pytest.raises(ConfigError) as told:
        job.build("wire")
    assert str(told.value).startswith(f"{job.file}:{line}: {said}"), told.value


@pytest.mark.parametrize(
    ("devices", "line", "said"),
    [
        (
            "io: {kind: digital_io, on: robot, outputs: {clamp: 2}}\n"
            "panel: {kind: digital_io, on: robot, outputs: {lamp: 2}}",
            6,
            "lamp: digital output 2 of 'robot' is wired to 'io.clamp' already",
        ),
        (
            "io: {kind: digital_io, on: robot, inputs: {ready: 2}}\n"
            "panel: {kind: digital_io, on: robot, inputs: {start: 2}}",
            6,
            "start: digital input 2 of 'robot' is wired to 'io.ready' already",
        ),
        (
            "io: {kind: digital_io, on: robot, outputs: {clamp: 0}}\nhand: {kind: gripper, model: vacuum, on: robot}",
            6,
            "ejector: digital output 0 of 'robot' is wired to 'io.clamp' already",
        ),
        (
            "io: {kind: analog_io, on: robot, outputs: {speed: {terminal: 1, low: 0, high: 1}}}\n"
            "more: {kind: analog_io, on: robot, outputs: {force: {terminal: 1, low: 0, high: 9}}}",
            6,
            "force: analog output 1 of 'robot' is wired to 'io.speed' already",
        ),
    ],
)
def test_two_that_want_one_terminal(job: Job, devices: str, line: int, said: str) -> None:
    job.write(f"robot: {{kind: arm, model: ur5e}}\n{devices}")
    with pytest.raises(ConfigError) as told:
        job.build("wire")
    assert str(told.value) == f"{job.file}:{line}: {said}"


def test_the_same_number_is_another_terminal_elsewhere(job: Job) -> None:
    job.write(
        "robot: {kind: arm, model: ur5e}\nother: {kind: arm, model: ur5e, mount: {xyz: [0, 3, 0]}}\n"
        "io: {kind: digital_io, on: robot, inputs: {ready: 2}, outputs: {clamp: 2}}\n"
        "panel: {kind: digital_io, on: other, inputs: {ready: 2}, outputs: {clamp: 2}}\n"
        "levels: {kind: analog_io, on: robot, outputs: {speed: {terminal: 1, low: 0, high: 1}}}\n"
        "hand: {kind: gripper, model: vacuum, on: robot}"
    )
    job.build("wire").world.close()


def test_a_coupled_input_has_its_value_from_the_start(job: Job) -> None:
    """What was set before anybody connected is read by the first look."""
    job.write("robot: {kind: arm, model: ur5e}\nio: {kind: digital_io, on: robot, inputs: {ready: 2}}")
    built = job.build("wire")
    built.images["io"]["ready"] = True

    async def main() -> None:
        async with opened(built) as cell:
            assert await cell.io("io").read("ready")

    run(main(), stepper=built.world.stepper)
    built.world.close()


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ("inputs: {a: 70000}", r"devices\.io\.inputs\.a: input should be less than or equal to 65535 \(got 70000\)"),
        ("inputs: {a: 3, b: 3}", "terminal 3 has two signals"),
        ("inputs: {a: 3}, outputs: {a: 4}", "the signal 'a' is listed twice"),
        ("inputs: [a, a]", "the signal 'a' is listed twice"),
        ("inputs: [A]", r"devices\.io\.inputs\.0: "),
        ("inputs: 3", r"devices\.io\.inputs: input should be a valid list"),
        ("inputs: {A: 1}", "'A' is not a valid name"),
    ],
)
def test_signals_of_a_file_that_are_none(job: Job, signals: str, said: str) -> None:
    job.write(f"robot: {{kind: arm, model: ur5e}}\nio: {{kind: digital_io, {signals}}}")
    with pytest.raises(ConfigError, match=rf"cell.yaml:5: .*{said}"):
        job.plan()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("signals: {io: station}", "signals: {io: own}", "'own' has no output 'open_door'; "),
        ("signals: {io: station}", "signals: {io: beam}", "'beam' is no role of digital signals; valid: own, station"),
        (
            "signals: {io: station}",
            "signals: {io: statin}",
            "'statin' is no role of digital signals; did you mean station",
        ),
        (
            "signals: {io: station}",
            "signals: {io: station, door_open: opn}",
            "'station' has no input 'opn'; did you mean",
        ),
        (
            "signals: {io: station}",
            "signals: {io: station, start_cycle: door_open}",
            "'station' has no output 'door_open'",
        ),
        ("signals: {io: station}", "signals: {io: station}, chuck: vice", "unknown place 'vice'; there are none"),
        (
            "signals: {io: station}",
            "signals: {io: station}, door: {structure: flap, slides: [1, 0, 0]}",
            "unknown structure 'flap'; there are none",
        ),
    ],
)
def test_a_machine_whose_signals_are_not_there(job: Job, old: str, new: str, said: str) -> None:
    job.write(EVERY_KIND.replace(old, new))
    with pytest.raises(ConfigError) as told:
        job.plan()
    assert str(told.value).startswith(f"{job.file}:{job.line_of('mill: ')}: {said}"), told.value


def test_a_line_that_falls_silent(job: Job) -> None:
    """The watchdog of the driver tells; nobody takes the last reading for a new one."""
    job.write(EVERY_KIND)
    world = create_world("kinematic", WorldSettings())
    built = build_cell(job.plan(), world, device_factory("wire", ["wrist"]))

    async def main() -> None:
        async with opened(built) as cell:
            wrist = cell.force_torque("wrist")
            assert isinstance((await wrist.read()).wrench, Wrench)
            waiting = asyncio.ensure_future(wrist.wait_for(100.0, timeout=60.0))
            await asyncio.sleep(0.1)
            began = now()
            built.factory.silence("wrist")
            with pytest.raises(ConnectionLost, match="wrist: "):
                await waiting
            assert now() - began < 2.0
            with pytest.raises(ConnectionLost):
                await wrist.read()
            assert await cell.proximity("beam").distance() is not None, "the others go on"

    run(main(), stepper=world.stepper)
    world.close()
