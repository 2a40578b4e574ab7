"""Signals of the controller, as variables and by RSI, and the tool and load that it receives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pytest
from cellkit_kuka.protocol.kvp import ReplyReader, Request
from cellkit_kuka.protocol.loads import load_text, read_load
from cellkit_kuka.protocol.signals import read_bool, read_real, variable
from cellkit_kuka.rig import KukaRig
from cellkit_kuka.virtual import VirtualKuka
from hypothesis import given
from hypothesis import strategies as st

from cellkit.devices import AnalogSignal, Load, Tool
from cellkit.errors import CommandRejected, ConfigError, ConnectionLost, ProtocolError
from cellkit.geometry import rotation_from_rpy
from cellkit.models.load import load_gripper
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run

ResultT = TypeVar("ResultT")


def play(test: Callable[[WireDeviceRig, VirtualKuka, Any], Coroutine[Any, Any, ResultT]]) -> ResultT:
    async def main() -> ResultT:
        rig = KukaRig().rig("arm", "kr6-r900")
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        assert isinstance(rig.virtual, VirtualKuka)
        try:
            return await test(rig, rig.virtual, rig.device)
        finally:
            await rig.device.close()
            await rig.finish()

    return run(main())


async def another_client_sets(rig: WireDeviceRig, name: str, value: str) -> bool:
    stream = await rig.network.connect("127.0.0.1", 7000)
    stream.write(Request(1, name, value).encode())
    (reply,) = ReplyReader().feed(await stream.read())
    stream.close()
    return reply.ok


def test_terminals_are_those_that_the_variables_have() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        with pytest.raises(ConfigError, match=r"io: part: no digital input 4097; the controller has 1 to 4096"):
            arm.digital_io("io", {"part": 4097}, {})
        with pytest.raises(ConfigError, match=r"valve: no digital output 4097; the controller has 1 to 4096"):
            arm.digital_io("io", {}, {"valve": 4097})
        for terminal in (161, 176):
            with pytest.raises(
                ConfigError, match=rf"valve: digital output {terminal} is RSI's own; .* all but 161 to 176"
            ):
                arm.digital_io("io", {}, {"valve": terminal})
        with pytest.raises(ConfigError, match=r"level: no analog input 33; the controller has 1 to 32"):
            arm.analog_io("io", {"level": AnalogSignal(33, 0.0, 1.0)}, {})

    play(test)


def test_names_of_signals() -> None:
    assert variable("$OUT[4096]") == ("OUT", 4096)
    assert variable("$ANIN[32]") == ("ANIN", 32)
    for name in ("$OUT[0]", "$OUT[4097]", "$ANIN[33]", "$IN[1", "$IN[-1]", "$IN[99999]", "IN[1]", "$OUTX[1]"):
        assert variable(name) is None, name


def test_values_that_are_none_are_errors_with_the_bytes() -> None:
    assert [read_bool("true"), read_bool(" FALSE "), read_real("1.50000E-01")] == [True, False, 0.15]
    for text in ("", "1", "TRUE FALSE"):
        with pytest.raises(ProtocolError):
            read_bool(text)
    for text in ("", "half", "nan", "inf"):
        with pytest.raises(ProtocolError):
            read_real(text)


def test_outputs_that_another_client_sets_are_seen() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 3})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("valve", timeout=5.0))
        await asyncio.sleep(0.1)
        assert await another_client_sets(rig, "$OUT[3]", "TRUE")
        await waiting
        await asyncio.sleep(1.0)  # 250 cycles of RSI leave it alone
        assert await io.read("valve") is True

    play(test)


def test_the_outputs_of_rsi_are_a_word_of_their_own() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 9, "door": 1}, {"valve": 160, "lamp": 177})
        await io.connect()
        await io.write("valve", True)
        await io.write("lamp", True)
        assert await another_client_sets(rig, "$OUT[161]", "TRUE")
        await asyncio.sleep(0.1)
        assert virtual.signals.outputs == 1 << 159 | 1 << 176  # RSI has set its own back to what DiO says
        virtual.set_digital_input(9, True)
        virtual.set_digital_input(1, True)
        assert virtual.signals.dil == 1
        assert [await io.read("part"), await io.read("door")] == [True, True]

    play(test)


def test_analogue_signals_are_voltages() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        pressure, speed = AnalogSignal(1, 0.0, 6.0, "bar"), AnalogSignal(32, 0.0, 100.0, "%")
        io = arm.analog_io("io", {"pressure": pressure}, {"speed": speed})
        await io.connect()
        virtual.signals.analog_inputs[0] = 0.25  # 2.5 V
        assert await io.read("pressure") == pytest.approx(1.5)
        await io.write("speed", 75.0)
        assert virtual.signals.analog_outputs[31] == 0.75
        assert await another_client_sets(rig, "$ANOUT[32]", "-0.5")
        assert await io.read("speed") == pytest.approx(-50.0)
        for name, value in (("$ANOUT[1]", "1.01"), ("$ANOUT[1]", "nan"), ("$ANOUT[33]", "0"), ("$ANIN[1]", "0.5")):
            assert not await another_client_sets(rig, name, value), name

    play(test)


def moved(writes: bool) -> tuple[float, np.ndarray]:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> tuple[float, np.ndarray]:
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        since, seen = now(), []
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.3))
        for number in range(8):
            await asyncio.sleep(0.05)
            seen.append(rig.true_joints())
            if writes:
                await io.write("valve", number % 2 == 0)
                assert virtual.digital_output(1) is (number % 2 == 0)
        await moving
        assert virtual.late == 0
        return now() - since, np.array([*seen, rig.true_joints()])

    return play(test)


def test_an_output_that_is_written_while_rsi_leads_does_not_disturb_it() -> None:
    (quiet, path), (busy, same) = moved(False), moved(True)
    assert busy == pytest.approx(quiet, abs=1e-6)
    assert np.abs(path - same).max() < 1e-9
    assert np.abs(path[1] - path[-2]).max() > 0.01, "it moved meanwhile"


def test_signals_work_while_rsi_is_off() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 1}, {"valve": 1})
        await io.connect()
        virtual.press_emergency_stop()
        virtual.break_off("RSI-TIMEOUT")
        await asyncio.sleep(0.5)
        virtual.set_digital_input(1, True)
        await io.write("valve", True)
        assert await io.read("part") is True
        assert virtual.digital_output(1) is True

    play(test)


def test_waits_for_a_signal_end_with_the_link_of_the_arm() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 1}, {})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("part"))
        await asyncio.sleep(0.5)
        rig.faults.silent = True
        await asyncio.wait({waiting}, timeout=5.0)
        assert isinstance(waiting.exception(), ConnectionLost)

    play(test)


def test_what_the_controller_refuses_is_said_with_the_variable() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        await arm.connect()
        with pytest.raises(CommandRejected, match=r"\$ANOUT\[1\] is set to 1\.5"):
            await arm.set_analog_output(1, 1.5)

    play(test)


# --- tool and load ------------------------------------------------------------------------------------------------


def alike(found: Load, wanted: Load) -> None:
    assert found.mass == pytest.approx(wanted.mass, abs=1e-6)
    assert found.centre_of_gravity == pytest.approx(wanted.centre_of_gravity, abs=1e-8)
    assert np.abs(found.inertia - wanted.inertia).max() < 1e-8


def tilted(mass: float, turn: np.ndarray) -> Load:
    even = Load.box(mass, (0.2, 0.1, 0.05), (0.03, -0.02, 0.2))
    return Load(mass, even.centre_of_gravity, turn @ even.inertia @ turn.T)


def test_the_data_of_a_gripper_arrive() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        await arm.connect()
        tool = replace(Tool.of_gripper(load_gripper("2f-85")), flange_code=None)  # with an adapter where it needs one
        part = tilted(0.5, rotation_from_rpy(0.3, 0.2, 0.1))
        await arm.set_tool(tool)
        await arm.set_payload(part)
        alike(virtual.load, tool.load + part)
        assert virtual.kernel.payload.mass == 0.0, "RSI has run since before"
        runs = virtual.run
        await arm.move_joint(arm.home + 0.1)
        assert virtual.run == runs + 1
        alike(virtual.kernel.payload, tool.load + part)
        alike(read_load(await arm._variables.read("$LOAD")), tool.load + part)

    play(test)


def test_the_program_starts_anew_for_a_new_tool_and_not_for_a_payload() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        await arm.connect()
        runs = virtual.run
        await arm.set_payload(Load(0.5))
        await arm.move_joint(arm.home + 0.1)
        assert (virtual.run, virtual.load.mass, virtual.kernel.payload.mass) == (runs, 0.5, 0.0)
        await arm.set_tool(Tool("pen", load=Load(0.25)))
        for target in (arm.home, arm.home + 0.1):
            await arm.move_joint(target)
            assert rig.true_joints() == pytest.approx(target, abs=1e-3)
            assert (virtual.run, virtual.kernel.payload.mass) == (runs + 1, 0.75)
        await arm.close()
        await arm.connect()
        assert virtual.kernel.payload.mass == 0.75, "a new connection starts with what is on the flange"

    play(test)


def test_a_load_as_config_dat_has_it() -> None:
    """A line that readers of backups by others have in their tests, and the shape in which ``$AXIS_ACT`` is shown."""
    load = read_load("{M 10.5,CM {X 100.0,Y 0.0,Z 50.0,A 0.0,B 0.0,C 0.0},J {X 0.5,Y 0.25,Z 0.3}}")
    assert (load.mass, load.centre_of_gravity.tolist()) == (10.5, [0.1, 0.0, 0.05])
    assert np.diag(load.inertia).tolist() == [0.5, 0.25, 0.3]
    shown = (
        "{LOAD: M 10.5, CM {FRAME: X 100.0, Y 0.0, Z 50.0, A 90.0, B 0.0, C 0.0}, J {INERTIA: X 0.5, Y 0.25, Z 3E-1}}"
    )
    turned = read_load(shown)  # A is about z: the axis of 0.5 is the flange's y
    assert turned.inertia == pytest.approx(np.diag([0.25, 0.5, 0.3]))
    for text in (
        "",
        "10.5",
        "{M 10.5}",
        "{M -1.0,CM {X 0,Y 0,Z 0,A 0,B 0,C 0},J {X 0,Y 0,Z 0}}",
        "{M 1,CM {X 0,Y 0,Z 0,A 0,B 0},J {X 0,Y 0,Z 0}}",
        "{M 1,CM {X 0,Y 0,Z 0,A 0,B 0,C 0},J {X 0,Y 0,Z NAN}}",
    ):
        with pytest.raises(ProtocolError):
            read_load(text)


@given(st.tuples(*[st.floats(-3.0, 3.0)] * 3), st.floats(0.0, 20.0))
def test_loads_keep_their_inertia_on_the_way(angles: tuple[float, ...], mass: float) -> None:
    load = tilted(round(mass, 6), rotation_from_rpy(*angles))
    alike(read_load(load_text(load)), load)


def test_a_load_that_is_none_is_refused() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualKuka, arm: Any) -> None:
        good = load_text(Load(1.0))
        assert await another_client_sets(rig, "CK_LOAD", good)
        for name, value in (("CK_LOAD", good.replace("M 1", "M -2")), ("CK_LOAD", "{M 1.0}"), ("$LOAD", good)):
            assert not await another_client_sets(rig, name, value), name
        assert virtual.load.mass == 1.0

    play(test)
