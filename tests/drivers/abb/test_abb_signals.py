"""I/O signals of the controller by Robot Web Services, and what RAPID is told of tool and load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import numpy as np
import pytest
from cellkit_abb.config import AbbConfig
from cellkit_abb.driver import AbbArm
from cellkit_abb.protocol import loads, rapid
from cellkit_abb.protocol.dialect import Post, Rws1, Rws2
from cellkit_abb.protocol.errors import PROGRAM_STARTED
from cellkit_abb.protocol.rws import Item, read_items
from cellkit_abb.protocol.signals import logical_value, told
from cellkit_abb.rig import AbbRig
from cellkit_abb.session import RwsSession
from cellkit_abb.virtual import VirtualAbb
from hypothesis import given
from hypothesis import strategies as st

from cellkit.cell.driver_selection import simulated
from cellkit.devices import AnalogSignal, Load, OperationalMode, Tool
from cellkit.errors import CommandRejected, ConfigError, ConnectionFailed, ConnectionLost, ProtocolError
from cellkit.geometry import Pose, rotation_from_rpy
from cellkit.masses import principal
from cellkit.models.load import load_gripper
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

BOTH = pytest.mark.parametrize("model", ["irb-120", "gofa"])
ResultT = TypeVar("ResultT")


class Bench:
    """A driver on its virtual controller, and what passed between them."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        self.passed: list[Passed] = []

    @property
    def robot(self) -> VirtualAbb:
        assert isinstance(self.rig.virtual, VirtualAbb)
        return self.rig.virtual

    def arm(self, **settings: Any) -> AbbArm:
        config = AbbConfig(host="127.0.0.1", **settings)
        return AbbArm("arm", self.rig.model, config, RecordingNetwork(self.rig.network, self.passed.append))

    async def other_client_sets(self, path: str, value: str) -> None:
        config, dialect = AbbConfig(host="127.0.0.1"), self.robot.dialect
        other = RwsSession("other", self.rig.network, config, dialect, httpx.Cookies())
        await other.post(dialect.set_signal(path, value))
        await other.logout()
        await other.close()

    def requests(self, what: bytes) -> int:
        return sum(what in one.data for one in self.passed)


def play(model: str, test: Callable[[Bench], Awaitable[ResultT]]) -> ResultT:
    async def main() -> ResultT:
        rig = AbbRig().rig("arm", model)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        try:
            async with asyncio.timeout(120.0):
                return await test(Bench(rig))
        finally:
            await rig.finish()

    return run(main())


def test_terminals_begin_at_one() -> None:
    async def test(bench: Bench) -> None:
        arm = bench.arm()
        with pytest.raises(ConfigError, match=r"io: part: no digital input 0; the controller has 1 to 512"):
            arm.digital_io("io", {"part": 0}, {})
        with pytest.raises(ConfigError, match=r"valve: no digital output 513"):
            arm.digital_io("io", {}, {"valve": 513})

    play("irb-120", test)


def test_a_name_without_a_place_for_the_number_is_refused() -> None:
    for name in ("Local/DRV_1/DI", "DI_{n}_{n}", "DI_{number}"):
        with pytest.raises(ValueError, match="digital_input"):
            AbbConfig(digital_input=name)
    with pytest.raises(ValueError, match="least"):
        AbbConfig(analog_range=(10.0, 0.0))


@BOTH
def test_names_of_signals_are_settings_and_a_controller_without_one_is_no_connection(model: str) -> None:
    async def test(bench: Bench) -> None:
        arm = bench.arm(digital_output="Local/DRV_1/DO_{n}", digital_input="DeviceNet/d652/di{n}")
        io = arm.digital_io("io", {"part": 3}, {"valve": 8})
        with pytest.raises(ConnectionFailed, match=r"DeviceNet/d652/di3.*-1073445866"):
            await io.connect()
        arm = bench.arm(digital_input="Local/DRV_1/DO_{n}")  # one may read what is an output
        io = arm.digital_io("io", {"part": 8}, {"valve": 8})
        await io.connect()
        await io.write("valve", True)
        await asyncio.sleep(0.1)
        assert await io.read("part") is True
        await arm.close()

    play(model, test)


def test_a_cell_that_is_simulated_has_the_names_and_the_user_of_the_virtual_controller() -> None:
    real = AbbConfig(host="192.168.125.1", user="me", password="mine", digital_input="DeviceNet/d652/di{n}")
    assert simulated(real, "127.0.0.2", {}) == AbbConfig(host="127.0.0.2", local_host="127.0.0.2")


@BOTH
def test_outputs_that_another_client_sets_are_seen(model: str) -> None:
    async def test(bench: Bench) -> None:
        arm = bench.arm()
        io = arm.digital_io("io", {}, {"valve": 2})
        levels = arm.analog_io("levels", {}, {"speed": AnalogSignal(1, 0.0, 100.0, "%")})
        await io.connect()
        await levels.connect()
        waiting = asyncio.ensure_future(io.wait_for("valve", timeout=5.0))
        await bench.other_client_sets("Local/DRV_1/DO_2", "1")
        await waiting
        await bench.other_client_sets("Local/DRV_1/AO_1", "7.5")
        await asyncio.sleep(0.1)
        assert await levels.read("speed") == pytest.approx(75.0)
        await arm.close()

    play(model, test)


def test_waiting_asks_nothing() -> None:
    """Controllers refuse more than some 20 requests a second; they tell of signals by themselves."""

    async def test(bench: Bench) -> None:
        arm = bench.arm()
        io = arm.digital_io("io", {"part": 1}, {"valve": 1})
        await io.connect()
        before = bench.requests(b"GET /rw/iosystem/signals/")
        assert before == 2  # once each, after the subscription
        waiting = asyncio.ensure_future(io.wait_for("part", timeout=60.0))
        await asyncio.sleep(10.0)
        assert bench.requests(b"GET /rw/iosystem/signals/") == before
        bench.robot.set_digital_input(1, True)
        await waiting
        await arm.close()

    play("irb-120", test)


@BOTH
def test_signals_of_a_device_that_is_made_late_are_asked_for(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            io = arm.digital_io("io", {"part": 1}, {"valve": 1})
            await io.connect()
            bench.robot.set_digital_input(1, True)
            assert await io.read("part") is True
            await io.write("valve", True)
            await bench.other_client_sets("Local/DRV_1/DO_1", "0")
            assert await io.read("valve") is False

    play(model, test)


def test_signals_of_a_device_that_is_made_late_are_asked_for_ten_times_a_second_at_most() -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            io = arm.digital_io("io", {"part": 1, "door": 2}, {})
            await io.connect()
            waits = [asyncio.ensure_future(io.wait_for(name, timeout=60.0)) for name in io.inputs]
            await asyncio.sleep(10.0)
            assert 90 <= bench.requests(b"GET /rw/iosystem/signals/") <= 101
            for terminal in (1, 2):
                bench.robot.set_digital_input(terminal, True)
            await asyncio.wait(waits, timeout=1.0)
            assert all(one.done() for one in waits)

    play("irb-120", test)


@BOTH
def test_in_manual_mode_inputs_are_told_and_outputs_refused(model: str) -> None:
    async def test(bench: Bench) -> None:
        arm = bench.arm()
        io = arm.digital_io("io", {"part": 1}, {"valve": 1})
        await io.connect()
        await bench.robot.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        bench.robot.set_digital_input(1, True)
        await io.wait_for("part", timeout=1.0)
        with pytest.raises(CommandRejected, match="-1073445881"):
            await io.write("valve", True)
        assert await io.read("valve") is False
        await arm.close()

    play(model, test)


def moved(model: str, writes: bool) -> tuple[float, np.ndarray]:
    async def test(bench: Bench) -> tuple[float, np.ndarray]:
        arm = bench.arm()
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        since, seen = now(), []
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.3))
        for number in range(8):
            await asyncio.sleep(0.05)
            seen.append(bench.rig.true_joints())
            if writes:
                await io.write("valve", number % 2 == 0)
                assert bench.robot.digital_output(1) is (number % 2 == 0)
        await moving
        result = now() - since, np.array([*seen, bench.rig.true_joints()])
        await arm.close()
        return result

    return play(model, test)


@BOTH
def test_an_output_that_is_written_while_egm_leads_does_not_disturb_it(model: str) -> None:
    (quiet, path), (busy, same) = moved(model, False), moved(model, True)
    assert busy == pytest.approx(quiet, abs=1e-6)
    assert np.abs(path - same).max() < 1e-9
    assert np.abs(path[1] - path[-2]).max() > 0.01, "it moved meanwhile"


@BOTH
def test_waits_for_a_signal_end_with_the_link_of_the_arm(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with AbbRigged(bench) as (io, arm):
            waiting = asyncio.ensure_future(io.wait_for("part"))
            await asyncio.sleep(0.5)
            bench.rig.faults.drop()
            await asyncio.wait({waiting}, timeout=5.0)
            assert isinstance(waiting.exception(), ConnectionLost)
            await arm.close()

    play(model, test)


class AbbRigged:
    """The rig's own arm, whose line can be cut, with one input."""

    def __init__(self, bench: Bench) -> None:
        self.arm = bench.rig.device
        self.io = self.arm.digital_io("io", {"part": 1}, {})  # type: ignore[attr-defined]

    async def __aenter__(self) -> tuple[Any, Any]:
        await self.io.connect()
        return self.io, self.arm

    async def __aexit__(self, *_: object) -> None:
        await self.arm.close()


# The vendor's example of an event, 3HAC050973-001 rev. M, Subscribe IO Signal.
EXAMPLE_EVENT = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
    <title>Event</title>
   <base href="http://localhost/"/>
</head>
<body>
    <div class="state">
       <a href="subscription/1" rel="group"/>
       <a href="ws://localhost/poll/1" rel="self"/>
       <a href="subscription/1?action=show" rel="action"/>
        <ul>
            <li class="ios-signalstate-ev" title="Local/DRV_1/DRV1K1">
                <a href="/rw/iosystem/signals/Local/DRV_1/DRV1K1;state" rel="self"/>
                <span class="lvalue">0</span>
                <span class="lstate">simulated</span>
            </li>
        </ul>
    </div>
</body>
</html>"""
# An OmniCore's list of signals, in the tests of ichbinmeraj/abb-rws-client (commit ac0d2d2).
HAL_SIGNALS = (
    '{ "_links" : { "base" : { "href" : "https://127.0.0.1:5466/rw/iosystem/" },"self" : { "href" : '
    '"signals?start=0&amp;limit=3" } } , "_embedded" : { "resources" : [  { "_links" : { "self" : { "href" : '
    '"signals/Net/Dev/doGripper" } }, "_type" : "ios-signal-li", "_title" : "Net/Dev/doGripper", "name" : "doGripper", '
    '"type" : "DO", "category" : "user", "lvalue" : "1", "lstate" : "not simulated" } ] }}'
)


def test_signals_in_bytes_from_elsewhere() -> None:
    assert [told(item) for item in read_items(EXAMPLE_EVENT)] == [("Local/DRV_1/DRV1K1", 0.0)]
    (signal,) = read_items(HAL_SIGNALS)
    assert (signal.title, logical_value(signal), told(signal)) == ("Net/Dev/doGripper", 1.0, None)


def test_requests_are_those_of_other_clients() -> None:
    """``set_digital_io`` and ``set_analog_io`` of abb-robot-client 0.4.0; ``setSignalValue`` of abb-rws-client."""
    path = "/rw/iosystem/signals/Local/DRV_1/DO_1"
    assert Rws1().set_signal("Local/DRV_1/DO_1", "1") == Post(f"{path}?action=set", {"lvalue": "1"})
    analogue = Rws1().set_signal("Local/DRV_1/DO_1", "2.5", analogue=True)
    assert analogue == Post(f"{path}?action=set", {"mode": "value", "lvalue": "2.5"})
    for kind in (False, True):
        assert Rws2().set_signal("Local/DRV_1/DO_1", "1", analogue=kind) == Post(f"{path}/set-value", {"lvalue": "1"})
    assert Rws1().signal_state("Local/DRV_1/DRV1K1") == "/rw/iosystem/signals/Local/DRV_1/DRV1K1;state"


def test_only_events_of_signals_are_taken_as_such() -> None:
    link = "/rw/iosystem/signals/Local/DRV_1/DI_1;state"
    fields = {"lvalue": "1", "lstate": "simulated"}
    assert told(Item("ios-signalstate-ev", "Local/DRV_1/DI_1", fields)) == ("Local/DRV_1/DI_1", 1.0)
    assert told(Item("pnl-ctrlstate-ev", "ctrlstate", {"ctrlstate": "motoron"})) is None
    for text in ("", "high", "nan", "inf"):
        with pytest.raises(ProtocolError):
            told(Item("ios-signalstate-ev", "x", {"lvalue": text}, link))


# --- tool and load ------------------------------------------------------------------------------------------------


def alike(found: Load, wanted: Load) -> None:
    assert found.mass == pytest.approx(wanted.mass)
    assert found.centre_of_gravity == pytest.approx(wanted.centre_of_gravity, abs=1e-8)
    assert np.abs(found.inertia - wanted.inertia).max() < 1e-10


@BOTH
def test_the_data_of_a_gripper_arrive(model: str) -> None:
    async def test(bench: Bench) -> None:
        tool = replace(Tool.of_gripper(load_gripper("2f-85")), flange_code=None)  # with an adapter where it needs one
        part = Load.box(0.5, (0.05, 0.04, 0.06), (0.01, 0.0, 0.17))
        async with bench.arm() as arm:
            await arm.set_tool(tool)
            await arm.set_payload(part)
            await arm.move_joint(arm.home)
            kernel = bench.robot.kernel
            assert kernel.tool.tcp.distance(tool.tcp) == pytest.approx((0.0, 0.0), abs=1e-8)
            alike(kernel.tool.load, tool.load)
            alike(kernel.payload, part)
            # RAPID has the payload in the tool's frame: its centre is 7 mm before the tool centre point.
            _, centre, axes, *_ = bench.robot.rapid.value("cellkit_load")
            assert centre == pytest.approx([10.0, 0.0, 1000 * (0.17 - tool.tcp.position[2])])
            assert axes == [1, 0, 0, 0]

    play(model, test)


@BOTH
def test_rapid_starts_anew_for_a_new_tool_and_not_for_a_payload(model: str) -> None:
    async def test(bench: Bench) -> None:
        kernel = bench.robot.kernel
        async with bench.arm() as arm:

            def starts() -> int:
                return sum(entry.event == PROGRAM_STARTED for entry in bench.robot.log.entries())

            before = starts()
            await arm.set_payload(Load(0.25))
            await arm.move_joint(arm.home + 0.1)
            assert bench.robot.rapid.value("cellkit_load")[0] == 0.25  # type: ignore[index]
            assert (starts() - before, kernel.payload.mass) == (0, 0.0)
            await arm.set_tool(Tool("pen", load=Load(0.4)))
            for target in (arm.home, arm.home + 0.1):
                await arm.move_joint(target)
                assert bench.rig.true_joints() == pytest.approx(target, abs=1e-3)
                assert (starts() - before, kernel.tool.load.mass, kernel.payload.mass) == (1, 0.4, 0.25)

    play(model, test)


def test_wrong_data_are_an_event_when_the_program_starts() -> None:
    async def test(bench: Bench) -> None:
        kernel, rapid = bench.robot.kernel, bench.robot.rapid
        async with bench.arm() as arm:
            await arm.set_tool(Tool("pen", load=Load(0.4)))
            await arm.move_joint(arm.home)
        symbol = rapid.find("T_ROB1/CellkitEgm/cellkit_load")
        rapid.write(symbol, "[-1,[0,0,1],[1,0,0,0],0,0,0]")
        bench.robot.start_program("asis")
        assert any(entry.event.title == "Wrong value in program data" for entry in bench.robot.log.entries())
        assert kernel.tool.load.mass == 0.4
        await bench.robot.stop_program()

    play("irb-120", test)


TILTS = st.tuples(*[st.floats(-3.0, 3.0)] * 3)


@given(TILTS, TILTS, st.floats(0.01, 20.0), st.tuples(*[st.floats(0.02, 0.5)] * 3))
def test_loads_keep_their_inertia_on_the_way(of_load, of_tool, mass, size) -> None:  # type: ignore[no-untyped-def]
    turn = rotation_from_rpy(*of_load)
    even = Load.box(mass, size, (0.01, -0.02, 0.2))
    load = Load(mass, even.centre_of_gravity, turn @ even.inertia @ turn.T)
    tool = Tool("tool", Pose.from_rpy((0.05, 0.0, 0.1), of_tool, "flange"), load)
    back = loads.read_tool(rapid.parse_value(loads.tool_data(tool)))
    carried = loads.read_load(rapid.parse_value(loads.load_data(load, tool)), tool)
    for found in (back.load, carried):
        assert found.mass == mass
        assert np.abs(found.centre_of_gravity - load.centre_of_gravity).max() < 1e-8
        assert np.abs(found.inertia - load.inertia).max() < 1e-8 * max(1.0, np.abs(load.inertia).max())


def test_a_tool_of_the_vendor_s_manual() -> None:
    """The sample tool of the RAPID manual: 5 kg, turned by 45 degrees, a mass point."""
    text = "[TRUE,[[97.4,0,223.1],[0.924,0,0.383,0]],[5,[23,0,75],[1,0,0,0],0,0,0]]"
    tool = loads.read_tool(rapid.parse_value(text))
    assert tool.tcp.position == pytest.approx([0.0974, 0.0, 0.2231])
    assert tool.load.centre_of_gravity == pytest.approx([0.023, 0.0, 0.075])
    assert (tool.load.mass, tool.load.inertia.any()) == (5.0, False)


@given(st.tuples(*[st.floats(-1.0, 1.0)] * 3))
def test_axes_are_those_nearest_to_the_frame_and_right_handed(off) -> None:  # type: ignore[no-untyped-def]
    xy, xz, yz = off
    inertia = np.array([[5.0, xy, xz], [xy, 6.0, yz], [xz, yz, 7.0]])
    axes, moments = principal(inertia)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert np.abs(axes @ np.diag(moments) @ axes.T - inertia).max() < 1e-9
    assert (np.diag(axes) > 0.0).all()
