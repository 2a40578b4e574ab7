"""Signals of the control box, and the data of tool and load that it receives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cellkit_ufactory.config import UfactoryConfig
from cellkit_ufactory.protocol.numbers import Function as F
from cellkit_ufactory.protocol.signals import IoState, output_words, steps, word
from cellkit_ufactory.protocol.version import ControllerVersion
from ufactory_raw import Bench, bench

from cellkit.devices import AnalogSignal, Load, Tool
from cellkit.errors import CommandRejected, ConfigError, ConnectionLost, ProtocolError
from cellkit.models.load import load_gripper
from cellkit.timing import now

LATER = (2, 4, 101)
"""Firmware that can switch an output without waiting for the queue."""


def firmware(table: Bench, version: tuple[int, int, int], box: str = "AC1300") -> None:
    table.virtual.functions.version = ControllerVersion(6, 6, "XI1300", box, version)


def played(test: Callable[[Bench, Any], Awaitable[None]]) -> None:
    async def play(table: Bench) -> None:
        try:
            await test(table, table.rig.device)
        finally:
            await table.rig.device.close()

    bench(play)


def test_terminals_are_those_of_the_control_box() -> None:
    async def test(table: Bench, arm: Any) -> None:
        with pytest.raises(ConfigError, match=r"io: part: no digital input 16; the controller has 0 to 15"):
            arm.digital_io("io", {"part": 16}, {})
        with pytest.raises(ConfigError, match=r"valve: no digital output -1"):
            arm.digital_io("io", {}, {"valve": -1})
        with pytest.raises(ConfigError, match=r"level: no analog input 2; the controller has 0 to 1"):
            arm.analog_io("io", {"level": AnalogSignal(2, 0.0, 1.0)}, {})

    played(test)


def test_a_control_box_of_before_has_eight() -> None:
    async def test(table: Bench, arm: Any) -> None:
        firmware(table, (2, 3, 0), "AC1202")
        io = arm.digital_io("io", {"part": 8}, {"valve": 7, "lamp": 8})
        await io.connect()
        await io.write("valve", True)
        for command in (io.read("part"), io.write("lamp", True)):
            with pytest.raises(CommandRejected, match=r"put 8: this control box \(AC1202\) has 8"):
                await command

    played(test)


def test_bytes_of_the_manual() -> None:
    """Compare with private_modbus_tcp, functions 131 to 134: input 1 is low; outputs 7 and 15 to 0."""
    assert word(b"\xff\xfd") >> 1 & 1 == 0
    assert word(b"\x00\x12") == 18
    assert output_words(7, False) == b"\x80\x00"
    assert output_words(15, False) == b"\x00\x00\x80\x00"
    assert output_words(9, True) == b"\x00\x00\x02\x02"
    assert steps(1.0) == b"\x0f\xff"
    for data in (b"", b"\0", b"\0\0\0"):
        with pytest.raises(ProtocolError):
            word(data)
    with pytest.raises(ProtocolError):
        IoState.decode(bytes(17))


def test_an_input_is_true_while_a_contact_closes_it_and_an_output_while_it_is_high() -> None:
    async def test(table: Bench, arm: Any) -> None:
        signals = table.box.signals
        io = arm.digital_io("io", {"part": 1, "door": 9}, {"valve": 0, "lamp": 12})
        await io.connect()
        assert [await io.read(name) for name in ("part", "door", "valve", "lamp")] == [False] * 4
        signals.inputs = 0xFFFD
        assert [await io.read("part"), await io.read("door")] == [True, False]
        await io.write("lamp", True)
        await io.write("valve", True)
        assert signals.outputs == 1 << 12 | 1
        await io.write("lamp", False)
        assert signals.outputs == 1

    played(test)


def test_outputs_with_a_function_of_their_own_are_read_as_well() -> None:
    async def test(table: Bench, arm: Any) -> None:
        signals = table.box.signals
        signals.output_functions[3] = 11
        signals.outputs = 0b1001
        io = arm.digital_io("io", {}, {"error": 3, "valve": 0, "lamp": 1})
        await io.connect()
        assert [await io.read(name) for name in ("error", "valve", "lamp")] == [True, True, False]

    played(test)


def test_what_is_on_while_an_output_is_low_is_a_setting() -> None:
    async def test(table: Bench, arm: Any) -> None:
        arm.config = UfactoryConfig(host=arm.config.host, outputs_active_low=True)
        io = arm.digital_io("io", {}, {"valve": 0})
        await io.connect()
        assert await io.read("valve") is True
        await io.write("valve", False)
        assert table.box.signals.outputs == 1
        assert await io.read("valve") is False

    played(test)


def test_analog_signals_are_ten_volts() -> None:
    async def test(table: Bench, arm: Any) -> None:
        signals = table.box.signals
        inputs = {"pressure": AnalogSignal(1, 0.0, 10.0, "bar")}
        io = arm.analog_io("io", inputs, {"speed": AnalogSignal(0, 0.0, 100.0, "%")})
        await io.connect()
        signals.analog_inputs = [0, 2048]
        assert await io.read("pressure") == pytest.approx(5.0, abs=0.01)
        await io.write("speed", 100.0)
        assert signals.analog_outputs == [4095, 0]
        assert await io.read("speed") == pytest.approx(100.0)

    played(test)


def test_outputs_that_another_client_sets_are_seen() -> None:
    async def test(table: Bench, arm: Any) -> None:
        other = await table.client()
        io = arm.digital_io("io", {}, {"valve": 2})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("valve", timeout=5.0))
        await asyncio.sleep(0.1)
        await other.ask(F.SET_DIGITAL_OUT, b"\x04\x04")
        await waiting

    played(test)


def moved(version: tuple[int, int, int], writes: bool) -> tuple[float, np.ndarray, list[bool]]:
    found: list[Any] = []

    async def test(table: Bench, arm: Any) -> None:
        firmware(table, version)
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        since, seen, switched = now(), [], []
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.3))
        for number in range(8):
            await asyncio.sleep(0.05)
            seen.append(table.rig.true_joints())
            if writes:
                await io.write("valve", number % 2 == 0)
                switched.append(table.virtual.digital_output(1))
        await moving
        took = now() - since
        await asyncio.sleep(0.1)
        switched.append(table.virtual.digital_output(1))
        found.extend((took, np.array([*seen, table.rig.true_joints()]), switched))

    played(test)
    took, path, switched = found
    return took, path, switched


@pytest.mark.parametrize("version", [(2, 3, 0), LATER])
def test_an_output_that_is_written_during_a_motion_does_not_disturb_it(version: tuple[int, int, int]) -> None:
    (quiet, path, _), (busy, same, switched) = moved(version, False), moved(version, True)
    assert busy == pytest.approx(quiet, abs=0.021)  # of reports that come every 10 ms
    assert np.abs(path - same).max() < 1e-9
    assert np.abs(path[1] - path[-2]).max() > 0.01, "it moved meanwhile"
    if version == LATER:
        assert switched == [True, False] * 4 + [False]
    else:
        assert switched == [False] * 9, "older firmware switches when the motion is done: on and off, eight times"


def test_older_firmware_switches_after_the_motions_that_were_sent_before() -> None:
    async def test(table: Bench, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.3))
        await asyncio.sleep(0.1)
        await io.write("valve", True)
        assert await io.read("valve") is False
        await moving
        await io.wait_for("valve", timeout=0.2)

    played(test)


def test_waits_for_a_signal_end_with_the_link_of_the_arm() -> None:
    async def test(table: Bench, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 1}, {})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("part"))
        await asyncio.sleep(0.5)
        table.rig.faults.silent = True
        await asyncio.wait({waiting}, timeout=5.0)
        assert isinstance(waiting.exception(), ConnectionLost)

    played(test)


# --- tool and load ------------------------------------------------------------------------------------------------


def test_the_data_of_a_gripper_arrive() -> None:
    """Mass, centre and TCP arrive; the control box has no place for inertia."""

    async def test(table: Bench, arm: Any) -> None:
        await arm.connect()
        tool = replace(Tool.of_gripper(load_gripper("2f-85")), flange_code=None)  # with an adapter where it needs one
        part = Load.box(0.5, (0.05, 0.04, 0.06), (0.01, 0.0, 0.17))
        await arm.set_tool(tool)
        for carried in (Load(), part):
            await arm.set_payload(carried)
            both, kernel = tool.load + carried, table.rig.kernel
            mass, *centre = table.box.settings.load
            assert mass == pytest.approx(both.mass, rel=1e-6)
            assert np.array(centre) / 1000 == pytest.approx(both.centre_of_gravity, abs=1e-7)
            assert (kernel.tool.load + kernel.payload).mass == pytest.approx(both.mass, rel=1e-6)
        assert table.rig.kernel.tool.tcp.distance(tool.tcp) == pytest.approx((0.0, 0.0), abs=1e-6)

    played(test)
