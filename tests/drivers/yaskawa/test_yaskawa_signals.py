"""Signals of the controller: what the server reads, what it writes, and what a ladder program has to do between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pytest
from cellkit_yaskawa.config import YaskawaConfig
from cellkit_yaskawa.driver import YaskawaArm
from cellkit_yaskawa.link import HsesLink
from cellkit_yaskawa.protocol.codes import Command, Service
from cellkit_yaskawa.protocol.frames import ROBOT
from cellkit_yaskawa.protocol.inform import InformError
from cellkit_yaskawa.protocol.signals import GENERAL_INPUT, GENERAL_OUTPUT, NETWORK_INPUT, logical, place
from cellkit_yaskawa.protocol.tools import ToolFile, read_tools
from cellkit_yaskawa.rig import YaskawaRig
from cellkit_yaskawa.virtual import VirtualYaskawa

from cellkit.devices import AnalogSignal, Load, Tool
from cellkit.errors import CommandRejected, ConfigError, ConnectionLost
from cellkit.models.load import load_gripper
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run

ResultT = TypeVar("ResultT")


def play(test: Callable[[WireDeviceRig, VirtualYaskawa, Any], Coroutine[Any, Any, ResultT]]) -> ResultT:
    async def main() -> ResultT:
        rig = YaskawaRig().rig("arm", "gp7")
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        assert isinstance(rig.virtual, VirtualYaskawa)
        try:
            return await test(rig, rig.virtual, rig.device)
        finally:
            await rig.device.close()
            await rig.finish()

    return run(main())


async def another_client_writes(rig: WireDeviceRig, instance: int, byte: int) -> None:
    link = HsesLink("robot", await rig.network.datagram("127.0.0.1"), ("127.0.0.1", 10040), ROBOT, 0.4, 1)
    listening = asyncio.ensure_future(link.listen())
    answer, _ = await link.ask(Command.IO, instance, 1, Service.SET_ONE, bytes([byte]))
    assert answer.status == 0
    listening.cancel()


def test_terminals_are_the_numbers_of_general_signals() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        with pytest.raises(ConfigError, match=r"io: part: no digital input 0; the controller has 1 to 4096"):
            arm.digital_io("io", {"part": 0}, {})
        with pytest.raises(ConfigError, match=r"valve: no digital output 2049; the controller has 1 to 2048"):
            arm.digital_io("io", {}, {"valve": 2049})
        with pytest.raises(ConfigError, match="none"):
            arm.analog_io("io", {}, {"level": AnalogSignal(1, 0.0, 10.0)})

    play(test)


def test_logical_numbers() -> None:
    """DX200 and YRC1000 manuals: general inputs from 00010, general outputs from 10010, network inputs from 27010."""
    assert [logical(GENERAL_INPUT, n) for n in (1, 8, 9)] == ["00010", "00017", "00020"]
    assert [logical(GENERAL_OUTPUT, n) for n in (1, 4096)] == ["10010", "15127"]
    assert [logical(NETWORK_INPUT, n) for n in (1, 2048)] == ["27010", "29567"]
    assert [place(NETWORK_INPUT, n) for n in (1, 8, 9)] == [(2701, 1), (2701, 128), (2702, 1)]


def test_an_output_is_a_network_input_that_the_ladder_program_copies() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 10}, {"valve": 9, "lamp": 16})
        await io.connect()
        virtual.set_digital_input(10, True)
        assert await io.read("part") is True
        await io.write("valve", True)
        await io.write("lamp", True)
        await io.write("valve", False)
        signals = virtual.memory.values[Command.IO]
        assert (signals[2702], signals[1002]) == (b"\x80", b"\x80")
        assert [virtual.digital_output(n) for n in (1, 9, 16)] == [False, False, True]

    play(test)


def test_a_ladder_program_that_copies_nothing_is_noticed() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        virtual.ladder_copies = False
        io = arm.digital_io("io", {}, {"valve": 3})
        await io.connect()
        with pytest.raises(CommandRejected, match=r"OT#\(3\) does not follow network input 27012.*10012"):
            await io.write("valve", True)
        assert await io.read("valve") is False

    play(test)


def test_outputs_that_others_set_are_seen() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 2, "lamp": 1})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("valve", timeout=5.0))
        await asyncio.sleep(0.1)
        await another_client_writes(rig, 2701, 0b10)
        await waiting
        virtual.set_output(1, True)  # by a job, without a network input
        assert await io.read("lamp") is True

    play(test)


def test_signals_of_one_byte_that_are_written_at_once_do_not_undo_each_other() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        names = {f"output {n}": n for n in range(1, 9)}
        io = arm.digital_io("io", {}, names)
        await io.connect()
        await asyncio.gather(*(io.write(name, True) for name in names))
        assert virtual.memory.values[Command.IO][1001] == b"\xff"

    play(test)


def test_other_places_of_network_inputs_are_a_setting() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        fs100 = YaskawaArm("arm", rig.model, YaskawaConfig(host="127.0.0.1", network_input=2501), rig.network)
        io = fs100.digital_io("io", {}, {"valve": 1})
        await io.connect()
        refused = r"network input 25010, for OT#\(1\): .*0x2110"  # of this controller they are external inputs
        with pytest.raises(CommandRejected, match=refused):
            await io.write("valve", True)
        await fs100.close()

    play(test)


def moved(writes: bool) -> tuple[float, np.ndarray]:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> tuple[float, np.ndarray]:
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        since, seen = now(), []
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.3))
        for number in range(8):
            await asyncio.sleep(0.1)
            seen.append(rig.true_joints())
            if writes:
                await io.write("valve", number % 2 == 0)
                assert virtual.digital_output(1) is (number % 2 == 0)
        await moving
        return now() - since, np.array([*seen, rig.true_joints()])

    return play(test)


def test_an_output_that_is_written_during_a_motion_does_not_disturb_it() -> None:
    (quiet, path), (busy, same) = moved(False), moved(True)
    assert busy == pytest.approx(quiet, abs=1e-6)
    assert np.abs(path - same).max() < 1e-9
    assert np.abs(path[1] - path[-2]).max() > 0.01, "it moved meanwhile"


def test_a_lost_answer_is_asked_for_again() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        rig.faults.silent = True
        asyncio.get_running_loop().call_later(0.5, lambda: setattr(rig.faults, "silent", False))
        await io.write("valve", True)
        assert virtual.digital_output(1) is True

    play(test)


def test_waits_for_a_signal_end_with_the_link_of_the_arm() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 1}, {})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("part"))
        await asyncio.sleep(0.5)
        rig.faults.silent = True
        await asyncio.wait({waiting}, timeout=5.0)
        assert isinstance(waiting.exception(), ConnectionLost)

    play(test)


# --- tool and load ------------------------------------------------------------------------------------------------


def test_the_data_of_a_gripper_arrive() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualYaskawa, arm: Any) -> None:
        await arm.connect()
        tool = replace(Tool.of_gripper(load_gripper("2f-85")), flange_code=None)  # with an adapter
        part = Load.box(2.5, (0.2, 0.1, 0.1), (0.01, 0.0, 0.2))
        await arm.set_tool(tool)
        await arm.set_payload(part)
        both, known = tool.load + part, rig.kernel.tool
        assert known.tcp.distance(tool.tcp) == pytest.approx((0.0, 0.0), abs=1e-6)
        assert known.load.mass == pytest.approx(both.mass, abs=1e-6)
        assert known.load.centre_of_gravity == pytest.approx(both.centre_of_gravity, abs=1e-6)
        # The file has steps of 0.001 kg m².
        assert np.diag(known.load.inertia) == pytest.approx(np.diag(both.inertia), abs=6e-4)
        assert np.diag(known.load.inertia).max() > 0.02
        (saved,) = read_tools(await arm.client.save("TOOL.CND")).values()
        assert saved.moments == pytest.approx(np.diag(both.inertia), abs=6e-4)

    play(test)


def test_a_tool_file_has_its_lines_in_the_order_that_readers_of_controllers_files_expect() -> None:
    """TCP, centre of gravity, mass, moments of inertia: as in protocol/tools.py."""
    file = ToolFile(3, "GRIPPER", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (7.0, 8.0, 9.0), 10.0, (0.011, 0.012, 0.013))
    assert file.encode().decode().split("\r\n") == [
        "//TOOL 3",
        "///NAME GRIPPER",
        "1.000,2.000,3.000,4.0000,5.0000,6.0000",
        "7.000,8.000,9.000",
        "10.000",
        "0.011,0.012,0.013",
        "",
    ]
    assert ToolFile.decode(file.encode()) == file
    with pytest.raises(InformError):
        ToolFile.decode(file.encode().replace(b"0.011,0.012,0.013", b"0.011"))
