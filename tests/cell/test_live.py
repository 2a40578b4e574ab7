"""The live path: vendors' drivers over real sockets to running devices, at the addresses of the cell file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from cell_rig import Job

from cellkit import registry
from cellkit.cell import Cell
from cellkit.cell.build import build_cell, opened
from cellkit.cell.driver_selection import check_wires, wire_of
from cellkit.cell.kinds.fields import WireConfig
from cellkit.cell.live_path import LiveDevices, facing
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import World, WorldSettings, create_world
from cellkit.devices.wired import DriverConfig
from cellkit.errors import ConfigError, ConnectionFailed, ConnectionLost
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions, device_factory
from cellkit.timing import run
from cellkit.transport import SocketNetwork

DEVICES = """
left: {kind: arm, model: ur5e, wire: LEFT}
hand: {kind: gripper, model: 2f-85, on: left, wire: HAND}
right: {kind: arm, model: gp7, mount: {xyz: [2, 0, 0]}, wire: RIGHT}
station: {kind: digital_io, inputs: [ready], outputs: [lamp], wire: STATION}
"""
HERE = "127.0.0.1"
DRIVERS = {"left": "ur", "hand": "robotiq", "right": "yaskawa", "station": "modbus"}
KINDS = {"left": "arm", "hand": "jaws", "right": "arm", "station": "io"}


def written(job: Job, wires: dict[str, object]) -> Path:
    text = DEVICES
    for role in DRIVERS:
        text = text.replace(role.upper(), json.dumps(wires.get(role, {"driver": DRIVERS[role]})))
    job.write(text)
    return job.file


class Hall:
    """Two arms, a gripper and a coupler, pretended on real ports of this machine, in a world of their own."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.world: World = create_world("kinematic", WorldSettings())
        self.factory = WireDevices(device_factory(), SocketNetwork())
        self.built = build_cell(read_cell(written(job, {})), self.world, self.factory)
        self.devices: dict[str, VirtualDevice] = dict(
            zip(("left", "right", "station", "hand"), [device for device, _ in self.factory._started], strict=True)
        )

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Hall]:
        try:
            for device in self.devices.values():
                await device.start(SocketNetwork(), HERE, dict.fromkeys(device.ENDPOINTS, 0))
            yield self
        finally:
            for device in self.devices.values():
                await device.stop()
            self.world.close()

    def cell_file(self) -> Path:
        """The same cell, with the addresses that whoever runs the devices would tell."""
        wires: dict[str, object] = {}
        for role, device in self.devices.items():
            wire = registry.driver(DRIVERS[role]).wires_of(KINDS[role])[0]
            known = registry.load_object(wire.config).model_fields  # type: ignore[attr-defined]
            places = {"host": HERE} | {f"{name}_port": port for name, port in device.ports.items()}
            settings = {name: value for name, value in places.items() if name in known}
            wires[role] = {"driver": DRIVERS[role], "settings": settings}
        return written(self.job, wires)


def live(job: Job, program: Callable[[Cell, Hall], Awaitable[None]]) -> None:
    async def main() -> None:
        async with Hall(job).served() as hall:
            world = create_world("kinematic", WorldSettings())
            plan = read_cell(hall.cell_file())
            check_wires(plan, live=True)
            async with opened(build_cell(plan, world, LiveDevices())) as cell:
                await program(cell, hall)
            world.close()

    run(main(), speed=1)


def test_two_brands_and_a_gripper_at_the_addresses_of_the_cell_file(job: Job) -> None:
    async def program(cell: Cell, hall: Hall) -> None:
        left, right = cell.arm("left"), cell.arm("right")
        await asyncio.gather(left.move_joint(left.home + 0.05), right.move_joint(right.home + 0.05))
        for role, arm in (("left", left), ("right", right)):
            there = hall.built.plants[role].arm.state().position
            assert np.abs(there - (arm.home + 0.05)).max() < 1e-3, "it is their robots that have moved"
        assert (await cell.gripper("hand").grip()).held is False
        await cell.io("station").write("lamp", True)
        assert hall.built.images["station"]["lamp"] is True
        hall.built.images["station"]["ready"] = True
        await cell.io("station").wait_for("ready", timeout=5.0)

    live(job, program)


def test_a_device_that_goes_away_fails_what_is_pending(job: Job) -> None:
    async def program(cell: Cell, hall: Hall) -> None:
        arm = cell.arm("left")
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 1.0, speed=0.1))
        while not (await arm.state()).moving:  # noqa: ASYNC110  (nothing else says that it moves)
            await asyncio.sleep(0.01)
        await hall.devices["left"].stop()
        with pytest.raises(ConnectionLost):
            await moving

    live(job, program)


def test_nobody_at_the_address_is_one_error_of_that_device(job: Job) -> None:
    job.write("robot: {kind: arm, model: ur5e, wire: {settings: {host: 127.0.0.1, rtde_port: 1, dashboard_port: 1}}}")
    world = create_world("kinematic", WorldSettings())
    built = build_cell(job.plan(), world, LiveDevices())

    async def main() -> None:
        async with opened(built):
            raise AssertionError("connected to nobody")

    with pytest.raises(ConnectionFailed, match=r"robot: .*127\.0\.0\.1"):
        run(main(), speed=1)
    world.close()


@pytest.mark.parametrize(
    ("devices", "at", "said"),
    [
        ("robot: {kind: arm, model: ur5e}", "robot:", "write its address: `wire: {settings: {host: ADDRESS}}`"),
        (
            "robot: {kind: arm, model: gp7, wire: {settings: {host: 127.0.0.1}}}\n"
            "hand: {kind: gripper, model: 2f-85, on: robot, adapter: {thickness: 0.01, mass: 0.1}}",
            "hand:",
            "{rtu_line: /dev/ttyUSB0}",
        ),
        ("box: {kind: digital_io, inputs: [a], wire: {driver: modbus}}", "box:", "{host: ADDRESS}"),
        ("eye: {kind: camera, pose: {xyz: [0, 0, 1]}}", "eye:", "a driver for it (`wire: {driver: …}`): opcua"),
        (
            "robot: {kind: arm, model: ur5e, wire: {settings: {hots: 127.0.0.1}}}",
            "hots",
            "hots: no such setting; did you mean host?",
        ),
    ],
)
def test_an_address_that_is_missing_is_told_with_its_line(job: Job, devices: str, at: str, said: str) -> None:
    job.write(devices)
    with pytest.raises(ConfigError) as caught:
        check_wires(job.plan(), live=True)
    assert caught.value.line == job.line_of(at)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_hangs_on_an_arms_own_signals_or_is_reached_through_it_needs_no_address(job: Job) -> None:
    job.write(
        "left: {kind: arm, model: ur5e, wire: {settings: {host: 127.0.0.9}}}\n"
        "hand: {kind: gripper, model: 2f-85, on: left}\n"
        "own: {kind: digital_io, on: left, inputs: {a: 3}}\n"
        "right: {kind: arm, model: ur5e, mount: {xyz: [2, 0, 0]}, wire: {settings: {host: 127.0.0.8}}}\n"
        "cup: {kind: gripper, model: vacuum, on: right}\n"
    )
    plan = job.plan()
    check_wires(plan, live=True)
    world = create_world("kinematic", WorldSettings())
    cell = build_cell(plan, world, LiveDevices()).cell
    assert cell.device("hand", object).config.host == "127.0.0.9"  # type: ignore[attr-defined]
    world.close()


def test_this_machines_address_is_the_one_that_faces_the_device() -> None:
    near = DriverConfig(host=HERE)
    assert facing(near) is near
    told = DriverConfig(host="192.0.2.7", local_host="192.0.2.1")
    assert facing(told) is told
    assert facing(DriverConfig(host="no such host at all")).local_host == HERE


def test_a_device_that_nobody_pretends_is_for_the_live_path_alone(job: Job) -> None:
    job.write(
        "box: {kind: digital_io, inputs: [a], wire: {driver: opcua, settings: {url: 'opc.tcp://127.0.0.1:4840'}}}"
    )
    with pytest.raises(ConfigError, match="protocol 'node-map' has no virtual device; use such a device with --path"):
        check_wires(job.plan())


def test_a_driver_without_pretended_devices_is_never_the_usual_one() -> None:
    assert wire_of("analog_io", None, WireConfig())[0].name == "modbus"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (RunOptions(path="live"), "--path live: real devices run in real time; use --speed 1"),
        (RunOptions(path="live", speed=1.0, fault="silent"), "--fault silent: real devices have no planned faults"),
        (RunOptions(path="live", speed=1.0), "has no address, which --path live needs"),
    ],
)
def test_a_run_that_makes_no_sense_live(options: RunOptions, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Run(read_scenario("pick_and_place"), options)
