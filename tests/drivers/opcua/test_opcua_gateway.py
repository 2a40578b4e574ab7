"""Devices of another cell, through its gateway: two cells chain, and what happens there is felt here."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellkit import registry
from cellkit.access.users import UserDirectory, users_file
from cellkit.cell import Cell
from cellkit.cell.build import build_cell, opened
from cellkit.cell.driver_selection import check_wires
from cellkit.cell.live_path import LiveDevices
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import Arm, SafetyStatus
from cellkit.devices.gripper import Grip
from cellkit.devices.machine import Clamping
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    ConnectionLost,
    EmergencyStop,
    GraspLost,
    MotionAborted,
    MotionTimeout,
)
from cellkit.opcua.client.identity import own_identity
from cellkit.opcua.security.certificates import der_of, thumbprint
from cellkit.opcua.security.pki import read_certificate
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions
from cellkit.timing import run
from tests.opcua.gateway_rig import PASSWORD, ServedCell, State, served
from tests.patience import PATIENCE, cell_speed

THERE = """
robot: {kind: arm, model: ur5e, WIRE}
hand: {kind: gripper, model: 2f-85, on: robot, WIRE}
wrist: {kind: force_torque, model: gamma, on: robot, WIRE}
other: {kind: arm, model: ur5e, mount: {xyz: [3, 0, 0]}, WIRE}
cup: {kind: gripper, model: vacuum, on: other, WIRE}
station:
  kind: digital_io
  inputs: [door_open, door_closed, chuck_closed, cycle_done]
  outputs: [open_door, close_chuck, start_cycle]
  WIRE
drive: {kind: analog_io, outputs: {speed: {terminal: 0, low: 0, high: 3000}}, WIRE}
beam: {kind: proximity, model: ods9-450, pose: {xyz: [1, 1, 0.3], rpy_deg: [180, 0, 0]}, WIRE}
label: {kind: code_reader, pose: {xyz: [1.2, 1, 0.3], rpy_deg: [180, 0, 0]}, WIRE}
mill: {kind: machine, signals: {io: station}, WIRE}
"""
PLAIN = {"station": "wire: {driver: modbus}"}
SPEED = 2.0


def written(file: Path, devices: str, wire: Callable[[str], str], rest: str = "") -> Path:
    """A cell file; ``wire(role)`` is what stands for WIRE."""
    lines, role = [], ""
    for line in devices.strip().splitlines():
        if not line.startswith(" "):
            role = line.partition(":")[0]
        own = wire(role)
        filled = line.replace(", WIRE", f", {own}" if own else "").replace("WIRE", own)
        if filled.strip():
            lines.append(f"  {filled}\n")
    file.write_text("schema: cellkit/cell/1\nname: NAME\ndevices:\n".replace("NAME", file.stem) + "".join(lines) + rest)
    return file


@dataclass
class Chain:
    """A served cell, and how a cell here reaches it."""

    cell: ServedCell
    settings: dict[str, Any]
    folder: Path
    speed: float = SPEED

    def wire(self, role: str, **more: Any) -> str:
        settings = {**self.settings, **more}
        return f"wire: {{driver: opcua, protocol: cellkit, settings: {json.dumps(settings)}}}"

    def here(self, work: Callable[[Cell], Awaitable[Any]], devices: str = THERE, **more: Any) -> Any:
        """Do something in a cell of the same devices, all of them there."""
        file = written(self.folder / "here.yaml", devices, lambda role: self.wire(role, **more))
        plan = read_cell(file)
        check_wires(plan, live=True)

        async def main() -> Any:
            world = create_world("kinematic", WorldSettings())
            before = asyncio.all_tasks()
            try:
                built = build_cell(plan, world, LiveDevices())
                async with asyncio.timeout(self.speed * PATIENCE), opened(built) as cell:
                    found = await work(cell)
                assert asyncio.all_tasks() == before
                return found
            finally:
                world.close()

        return run(main(), speed=self.speed)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    return State(tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="module")
def ways_in(state: State) -> dict[str, Any]:
    """The settings that get in, but for the address."""
    own = own_identity(state.folder / "driver")
    state.server.trust_certificate(read_certificate(own.pki.certificate_file))
    password = state.folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    # A busy machine keeps a gateway silent as well, and its values old.
    late = {"silence": 60.0, "max_age": 60.0}
    return {"pki": str(state.folder / "driver"), "user": "plc", "password_file": str(password), **late}


def reached(state: State, ways_in: dict[str, Any], cell: ServedCell) -> dict[str, Any]:
    mark = thumbprint(der_of(read_certificate(state.server.certificate_file)))
    return {"url": cell.url, "server_thumbprint": mark, **ways_in}


@pytest.fixture(scope="module")
def chain(state: State, ways_in: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("chain")
    file = written(folder / "there.yaml", THERE, lambda role: PLAIN.get(role, ""))
    speed = round(cell_speed(SPEED), 2)
    options = ("--path", "wire", "--world", "kinematic", "--speed", f"{speed:g}")
    with served(state, str(file), *options) as cell:
        yield Chain(cell, reached(state, ways_in, cell), folder, speed)


def test_devices_of_every_kind(chain: Chain) -> None:
    async def work(cell: Cell) -> None:
        arm = cell.arm("robot")
        await arm.move_joint(arm.home + 0.1)
        state = await arm.state()
        assert np.abs(state.joints.position - (arm.home + 0.1)).max() < 1e-3
        assert not state.moving
        goal = state.tcp.shifted(z=0.03)
        await arm.move_linear(goal)
        metres, angle = (await arm.state()).tcp.distance(goal)
        assert metres < 1e-3
        assert angle < 1e-3
        await arm.set_speed_override(0.5)
        assert (await arm.state()).speed_override == pytest.approx(0.5)
        await arm.set_speed_override(1.0)
        hand = cell.gripper("hand")
        assert (await hand.grip()).grip is Grip.NO_PART
        state = await cell.device("hand", type(hand)).move(0.05)  # type: ignore[attr-defined]
        assert state.width == pytest.approx(0.05, abs=1e-3)
        assert (await cell.gripper("cup").grip()).grip is Grip.NO_PART
        await cell.gripper("cup").release()
        reading = await cell.force_torque("wrist").read()
        assert np.linalg.norm(reading.wrench.force) > 5.0, "sensor and gripper hang there"
        assert await cell.proximity("beam").distance() == pytest.approx(0.3, abs=2e-3)
        assert await cell.code_reader("label").read_code() is None
        station, mill = cell.io("station"), cell.machine("mill")
        assert (await mill.state()).door is Clamping.CLOSED
        await station.write("open_door", True)
        assert await station.read("open_door") is True
        await mill.wait_for(door=Clamping.OPEN, timeout=PATIENCE)
        await station.wait_for("door_open", True, timeout=PATIENCE)
        await cell.analog_io("drive").write("speed", 1500.0)
        assert await cell.analog_io("drive").read("speed") == pytest.approx(1500.0, rel=0.02)

    chain.here(work)


ARM = "robot: {kind: arm, model: ur5e, WIRE}\nhand: {kind: gripper, model: 2f-85, on: robot, WIRE}\n"


def away(arm: Arm) -> Any:
    goal = arm.home.copy()
    goal[0] += 1.5
    return goal


async def under_way(cell: Cell, speed: float = 0.1) -> asyncio.Task[None]:
    arm = cell.arm("robot")
    await arm.move_joint(arm.home)
    task = asyncio.ensure_future(arm.move_joint(away(arm), speed=speed))
    while not (await arm.state()).moving:  # noqa: ASYNC110  (nothing else says that it moves)
        await asyncio.sleep(0.01)
    return task


def test_a_motion_is_stopped_times_out_and_is_replaced(chain: Chain) -> None:
    async def work(cell: Cell) -> None:
        arm = cell.arm("robot")
        moving = await under_way(cell)
        await arm.stop()
        state = await arm.state()
        assert not state.moving
        with pytest.raises(MotionAborted):
            await moving
        with pytest.raises(MotionTimeout):
            await arm.move_joint(away(arm), speed=0.02, timeout=0.5)
        moving = await under_way(cell)
        await arm.move_joint(arm.home, replace=True)
        with pytest.raises(MotionAborted):
            await moving
        assert np.abs((await arm.state()).joints.position - arm.home).max() < 1e-3

    chain.here(work, ARM)


def test_an_emergency_stop_there_ends_the_motion_here(chain: Chain) -> None:
    async def work(cell: Cell) -> None:
        arm = cell.arm("robot")
        moving = await under_way(cell)
        await asyncio.to_thread(chain.cell.switch, "estop robot")
        with pytest.raises(EmergencyStop):
            await moving
        while (await arm.state()).safety is SafetyStatus.NORMAL:  # noqa: ASYNC110  (reported in its own time)
            await asyncio.sleep(0.01)
        with pytest.raises(EmergencyStop):
            await arm.move_joint(arm.home)
        await asyncio.to_thread(chain.cell.switch, "release robot")
        await arm.recover()
        await arm.move_joint(arm.home)

    chain.here(work, ARM)


def test_a_link_that_is_cut_there_is_lost_here_and_comes_back(chain: Chain) -> None:
    async def work(cell: Cell) -> None:
        arm = cell.arm("robot")
        moving = await under_way(cell)
        await asyncio.to_thread(chain.cell.switch, "cut robot")
        with pytest.raises(ConnectionLost):
            await moving
        with pytest.raises(ConnectionFailed):
            await connected_until_it_fails(arm)
        await asyncio.to_thread(chain.cell.switch, "restore robot")
        while True:
            try:
                await arm.connect()
                await arm.move_joint(arm.home)
                break
            except (ConnectionFailed, ConnectionLost):
                await asyncio.sleep(0.2)

    try:
        chain.here(work, ARM)
    finally:
        chain.cell.switch("restore robot")


async def connected_until_it_fails(arm: Arm) -> None:
    while True:  # the values there turn bad a moment after the job has failed
        await arm.connect()
        await asyncio.sleep(0.05)


def test_somebody_else_commands(chain: Chain) -> None:
    async def other(cell: Cell) -> None:
        arm = cell.arm("robot")
        with pytest.raises(CommandRejected, match="accepts no commands from here"):
            await arm.move_joint(arm.home)
        assert (await arm.state()).moving, "watching is free"

    async def stopping(cell: Cell) -> None:
        await cell.arm("robot").stop()

    async def work(cell: Cell) -> None:
        moving = await under_way(cell, speed=0.003)
        await asyncio.to_thread(chain.here, other, ARM, user="mes")
        assert (await cell.arm("robot").state()).moving, "whoever closes without having commanded stops nothing"
        await asyncio.to_thread(chain.here, stopping, ARM, user="mes")
        with pytest.raises(MotionAborted):
            await moving

    chain.here(work, ARM)
    chain.here(lambda cell: cell.arm("robot").move_joint(cell.arm("robot").home), ARM, user="mes")  # it was let go


def test_an_observer_commands_nothing(chain: Chain) -> None:
    async def work(cell: Cell) -> None:
        with pytest.raises(CommandRejected, match="accepts no commands from here"):
            await cell.arm("robot").move_joint(cell.arm("robot").home)

    chain.here(work, ARM, user="watcher")


@pytest.mark.parametrize(
    ("devices", "more", "said"),
    [
        ("robot: {kind: arm, model: gp7, WIRE}\n", {}, "robot: 'robot' of cell 'there' is a ur5e, not a gp7"),
        ("arm: {kind: arm, model: ur5e, WIRE}\n", {}, "cell 'there' has no such device in role 'arm'"),
        ("arm: {kind: arm, model: ur5e, WIRE}\n", {"device": "hand"}, "no such device in role 'hand'"),
        ("robot: {kind: arm, model: ur5e, WIRE}\n", {"cell": "elsewhere"}, "the server has no cell 'elsewhere'"),
        ("robot: {kind: arm, model: ur5e, WIRE}\n", {"user": "nobody"}, "the server refuses the user 'nobody'"),
    ],
)
def test_what_is_not_there(chain: Chain, devices: str, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConnectionFailed, match=said):
        chain.here(lambda cell: cell.arm("robot").state(), devices, **more)


def test_a_user_may_prove_himself_by_a_certificate(chain: Chain, state: State) -> None:
    own = own_identity(state.folder / "person")
    key = state.folder / "person.pem"
    key.write_bytes(own.key)
    key.chmod(0o600)
    users = UserDirectory(users_file(state.folder))
    users.add("person", "operator", certificate=thumbprint(own.certificate))
    settings = {name: value for name, value in chain.settings.items() if name not in ("user", "password_file")}
    settings |= {"user_certificate": str(own.pki.certificate_file), "user_key": str(key)}
    person = Chain(chain.cell, settings, chain.folder)

    async def work(cell: Cell) -> None:
        await cell.arm("robot").move_joint(cell.arm("robot").home)

    async def until_known() -> None:
        for _ in range(int(2 * PATIENCE)):  # a running gateway looks at its users every now and then
            try:
                await asyncio.to_thread(person.here, work, ARM)
                break
            except ConnectionFailed:
                await asyncio.sleep(0.5)
        else:
            raise AssertionError("the gateway never knew the new user")

    asyncio.run(until_known())
    key.chmod(0o644)
    with pytest.raises(ConnectionFailed, match="holds a private key and other users can read it"):
        person.here(work, ARM)


def test_a_role_may_have_another_name_there(chain: Chain) -> None:
    async def work(cell: Cell) -> None:
        assert (await cell.arm("left").state()).safety is SafetyStatus.NORMAL

    chain.here(work, "left: {kind: arm, model: ur5e, WIRE}\n", device="other")


# --- a whole job ----------------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_program_of_a_cell_runs_in_another_one(state: State, ways_in: dict[str, Any], tmp_path: Path) -> None:
    """pick_and_place, unchanged, over OPC UA: every device is another cell's, where the parts are judged."""
    shipped = registry.scenario_files()["pick_and_place"].parent
    shutil.copytree(shipped, tmp_path / "here")
    options = ("--world", "kinematic", "--quantity", "2", "--speed", "4")
    with served(state, "pick_and_place", *options) as there:
        wire = Chain(there, reached(state, ways_in, there), tmp_path).wire("")
        cell = tmp_path / "here" / "cell.yaml"
        text = cell.read_text().replace(", wire: {driver: modbus}", "")
        for role in ("robot", "hand", "station"):  # each on a line of its own
            text = re.sub(rf"(?m)^(  {role}: {{.*)}}(  #.*)?$", lambda line: f"{line[1]}, {wire}}}", text)
        cell.write_text(text.replace("  vision:\n", f"  vision:\n    {wire}\n"))
        scenario = read_scenario(str(tmp_path / "here" / "scenario.yaml"))
        record = Run(scenario, RunOptions(path="live", quantity=2, speed=4.0)).execute()
        assert record.failure is None
        assert record.success
        assert not record.parts_judged
        assert len(record.cycle_time.list) == 2
        good = Chain(there, reached(state, ways_in, there), tmp_path).here(parts_good, ARM)
    assert good == 2


async def parts_good(cell: Cell) -> int:
    link = cell.device("robot", object)._joined()  # type: ignore[attr-defined]
    while True:
        [sample] = await link.client.read([link.node("Services/Production/PartsGood")])
        if sample.value == 2:
            return int(sample.value)
        await asyncio.sleep(0.1)


@pytest.mark.long
def test_a_loss_of_the_part_there_is_felt_here(state: State, ways_in: dict[str, Any], tmp_path: Path) -> None:
    options = ("--world", "kinematic", "--quantity", "2", "--speed", "2", "--path", "wire")
    with served(state, "pick_and_place", *options) as there:
        chain = Chain(there, reached(state, ways_in, there), tmp_path)
        devices = (
            "robot: {kind: arm, model: ur5e, WIRE}\n"
            "hand: {kind: gripper, model: 2f-85, on: robot, adapter: {thickness: 0.010, mass: 0.12}, WIRE}\n"
            "vision: {kind: camera, pose: {xyz: [0.5, 0, 1.0]}, finds: [part], WIRE}\n"
        )
        rest = "workpieces:\n  part: {size: [0.040, 0.050, 0.050], mass: 0.2, friction: 0.6}\n"
        file = written(tmp_path / "here.yaml", devices, chain.wire, rest)

        async def work() -> None:
            world = create_world("kinematic", WorldSettings())
            async with opened(build_cell(read_cell(file), world, LiveDevices())) as cell:
                arm, hand, part = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("part")
                [seen, *_] = await cell.locator("vision").locate("part")
                grasp = await arm.nearest(hand.grasp_poses(part, seen.pose))
                await hand.release(part)
                await arm.move_pose(grasp.offset(z=-0.08))
                await arm.move_linear(grasp)
                assert (await hand.grip(part)).grip is Grip.PART
                await arm.move_linear(grasp.offset(z=-0.08))
                asyncio.get_running_loop().run_in_executor(None, there.switch, "lose hand")
                with pytest.raises(GraspLost):
                    await guarded(hand)
            world.close()

        run(work(), speed=2.0)


async def guarded(hand: Any) -> None:
    async with hand.guard():
        await asyncio.sleep(60.0)
