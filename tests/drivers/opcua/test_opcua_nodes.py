"""Signals, sensors, a code reader and a machine, by a map of nodes: values, units, statuses, and a server that goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from opcua_plc import Plc, call, made, using

from cellkit.devices import AnalogSignal
from cellkit.devices.device import Lifecycle
from cellkit.devices.machine import Clamping, Execution
from cellkit.errors import ConfigError, ConnectionFailed, ConnectionLost, DeviceFault, MotionAborted, MotionTimeout
from cellkit.models.load import load_sensor
from cellkit.models.sensor import DistanceModel, ForceTorqueModel
from cellkit.timing import run
from tests.opcua.plain_server import node
from tests.patience import PATIENCE

BITS = {"ready": node("Ready"), "lamp": {"node": node("NotLamp"), "invert": True}}
BEAM, GAMMA = load_sensor("ods9-450", DistanceModel), load_sensor("gamma", ForceTorqueModel)


def station(plc: Plc, **more: Any) -> Any:
    return made(plc, "io", ({"ready": 0}, {"lamp": 0}), "station", **{"nodes": BITS, **more})


def beam(plc: Plc, **more: Any) -> Any:
    nodes = {"distance": {"node": node("Distance"), "unit": "mm"}, "present": node("Seen")}
    return made(plc, "proximity", (BEAM,), "beam", nodes=nodes, **more)


async def until_it_fails(look: Callable[[], Awaitable[object]]) -> None:
    while True:
        await look()
        await asyncio.sleep(0.01)


def test_digital_signals_are_written_read_back_and_waited_for(plc: Plc) -> None:
    async def work(io: Any) -> None:
        assert await io.read("ready") is False
        assert await io.read("lamp") is False, "it is the other way round there"
        await io.write("lamp", True)
        assert plc.get("NotLamp") is False
        await io.wait_for("lamp", True, timeout=PATIENCE)
        asyncio.get_running_loop().call_later(0.1, plc.put, "Ready", True)
        await io.wait_for("ready", True, timeout=PATIENCE)

    using(station(plc), work)


def test_analog_signals_are_scaled_both_ways(plc: Plc) -> None:
    inputs, outputs = {"pressure": AnalogSignal(0, 0.0, 10.0, "bar")}, {"speed": AnalogSignal(0, 0.0, 3000.0, "1/min")}
    nodes = {
        "pressure": {"node": node("Pressure"), "scale": 0.01, "offset": 1.0},
        "speed": {"node": node("Speed"), "scale": 60.0},
    }

    async def work(io: Any) -> None:
        assert await io.read("pressure") == pytest.approx(3.5)
        await io.write("speed", 1500.0)
        assert plc.get("Speed") == pytest.approx(25.0)
        asyncio.get_running_loop().call_later(0.1, plc.put, "Pressure", 600)
        assert await io.wait_for("pressure", above=5.0, timeout=PATIENCE) == pytest.approx(7.0)

    using(made(plc, "analog_io", (inputs, outputs), nodes=nodes), work)


def test_a_distance_is_in_metres_and_nothing_beyond_its_range(plc: Plc) -> None:
    async def work(sensor: Any) -> None:
        assert await sensor.distance() == pytest.approx(0.32)
        asyncio.get_running_loop().call_later(0.05, plc.put, "Seen", False)
        await sensor.wait_for(False, timeout=PATIENCE)
        plc.put("Seen", True)
        plc.put("Distance", 9000.0)
        await asyncio.sleep(0)
        await sensor.wait_for(False, timeout=PATIENCE)

    using(beam(plc), work)


def test_force_and_torque(plc: Plc) -> None:
    nodes = {"force": node("Wrench"), "torque": {"node": node("Moment"), "scale": 0.01}}

    async def work(sensor: Any) -> None:
        reading = await sensor.read()
        assert reading.wrench.force.tolist() == [1.0, 2.0, 3.0]
        assert reading.wrench.torque.tolist() == [1.0, 0.0, -1.0]
        await sensor.zero()
        asyncio.get_running_loop().call_later(0.05, plc.put, "Wrench", [1.0, 2.0, 23.0])
        assert await sensor.wait_for(15.0, timeout=PATIENCE) == pytest.approx(20.0)
        plc.put("Wrench", [1.0, 2.0])
        with pytest.raises(DeviceFault, match="force and torque"):
            await until_it_fails(sensor.read)

    using(made(plc, "force_torque", (GAMMA,), nodes=nodes), work)


def test_a_code_reader_tells_two_readings_of_the_same_code_apart(plc: Plc) -> None:
    settings = {"nodes": {"code": node("Code"), "count": node("Count")}, "commands": {"trigger": call("Trigger")}}

    async def work(reader: Any) -> None:
        plc.label = "A-17"
        assert await reader.read_code() == "A-17"
        assert await reader.read_code() == "A-17"
        plc.label = ""
        assert await reader.read_code() is None

    using(made(plc, "code_reader", (), **settings), work)


def test_a_reader_that_does_not_answer(plc: Plc) -> None:
    settings = {"nodes": {"code": node("Code"), "count": node("Count")}, "commands": {"trigger": call("Halt")}}

    async def work(reader: Any) -> None:
        with pytest.raises(MotionTimeout):
            await reader.read_code(timeout=0.2)
        reading = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.1)
        await reader.stop()
        with pytest.raises(MotionAborted):
            await reading

    using(made(plc, "code_reader", (), **settings), work)


def test_a_machine_says_what_its_map_knows(plc: Plc) -> None:
    nodes = {
        "door": {"node": node("Door"), "values": {"1": "CLOSED", "2": "OPEN"}},
        "execution": {"node": node("State"), "values": {"3": "READY", "4": "ACTIVE"}},
        "fault": node("Broken"),
        "fault_text": node("BrokenText"),
    }

    async def work(machine: Any) -> None:
        state = await machine.state()
        assert (state.door, state.chuck, state.execution) == (Clamping.CLOSED, Clamping.UNKNOWN, Execution.READY)
        plc.put("Door", 7)
        await machine.wait_for(door=Clamping.UNKNOWN, timeout=PATIENCE)
        plc.put("Door", 2)
        await machine.wait_for(door=Clamping.OPEN, timeout=PATIENCE)
        plc.put("BrokenText", "no coolant")
        plc.put("Broken", True)
        with pytest.raises(DeviceFault, match="no coolant"):
            await machine.wait_for(execution=Execution.ACTIVE, timeout=PATIENCE)

    using(made(plc, "machine", (), nodes=nodes), work)


# --- what is not good -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["BadSensorFailure", "BadOutOfRange", "UncertainLastUsableValue", "BadDeviceFailure"]
)
def test_a_value_that_is_not_good_is_a_fault_with_its_status(plc: Plc, status: str) -> None:
    async def work(sensor: Any) -> None:
        plc.put("Distance", 1.0, status)
        with pytest.raises(DeviceFault) as fault:
            await until_it_fails(sensor.distance)
        assert fault.value.code == status
        assert sensor.lifecycle is Lifecycle.OPEN
        plc.put("Distance", 200.0)
        while True:
            try:
                assert await sensor.distance() == pytest.approx(0.2)
                break
            except DeviceFault:
                await asyncio.sleep(0.01)

    using(beam(plc), work)


def test_a_device_that_the_server_does_not_reach_is_lost_and_comes_back(plc: Plc) -> None:
    async def work(sensor: Any) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for(False, timeout=PATIENCE))
        await asyncio.sleep(0.05)
        plc.put("Distance", 0.0, "BadNoCommunication")
        with pytest.raises(ConnectionLost, match=r"distance: the server does not reach the device \(BadNoComm"):
            await waiting
        with pytest.raises(ConnectionFailed, match="BadNoCommunication"):
            await sensor.connect()
        plc.put("Distance", 100.0)
        await sensor.connect()
        assert await sensor.distance() == pytest.approx(0.1)

    using(beam(plc), work)


def test_a_cut_link_fails_all_that_is_pending_and_connecting_again_recovers(plc: Plc) -> None:
    async def work(io: Any) -> None:
        waits = [asyncio.ensure_future(io.wait_for("ready", True, timeout=PATIENCE)) for _ in range(3)]
        await asyncio.sleep(0.05)
        plc.cut()
        for wait in waits:
            with pytest.raises(ConnectionLost):
                await wait
        with pytest.raises(ConnectionLost):
            await io.read("ready")
        with pytest.raises(ConnectionLost):
            await io.write("lamp", True)
        await io.connect()
        plc.put("Ready", True)
        await io.wait_for("ready", True, timeout=PATIENCE)

    using(station(plc), work)


def test_a_server_that_is_started_anew(plc: Plc) -> None:
    async def work(io: Any) -> None:
        wait = asyncio.ensure_future(io.wait_for("ready", True, timeout=PATIENCE))
        await asyncio.sleep(0.05)
        plc.stop()
        with pytest.raises(ConnectionLost):
            await wait
        with pytest.raises(ConnectionFailed):
            await io.connect()
        plc.start()
        await io.connect()
        assert await io.read("ready") is False

    using(station(plc), work)


def test_a_server_that_falls_silent_is_lost(plc: Plc) -> None:
    async def work(io: Any) -> None:
        plc.freeze()
        try:
            with pytest.raises(ConnectionLost, match=r"silent|did not answer"):
                await io.wait_for("ready", True, timeout=PATIENCE)
        finally:
            plc.thaw()

    using(station(plc, silence=2.0), work)


def test_a_value_that_is_older_than_it_may_be(plc: Plc) -> None:
    async def work(sensor: Any) -> None:
        async def until_it_is(distance: float) -> None:
            while True:
                for name, value in (("Seen", True), ("Distance", 1000.0 * distance)):
                    plc.put(name, value)  # the same value, and a new time
                await asyncio.sleep(0.1)
                with suppress(ConnectionLost):
                    if await sensor.distance() == pytest.approx(distance):
                        return

        await until_it_is(0.04)
        with pytest.raises(ConnectionLost, match="max_age"):
            await until_it_fails(sensor.distance)
        with pytest.raises(ConnectionLost, match="max_age"):
            await sensor.wait_for(False, timeout=PATIENCE)
        await until_it_is(0.05)

    using(beam(plc, max_age=0.4), work)


# --- errors from the start ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ({"ready": node("Redy"), "lamp": node("NotLamp")}, r"station: ready: nsu=urn:plc;s=Redy: .*BadNodeIdUnknown"),
        (
            {"ready": node("Pressure"), "lamp": node("NotLamp")},
            r"ready: nsu=urn:plc;s=Pressure is of type Int16, not Bo",
        ),
        ({"ready": node("Machine"), "lamp": node("NotLamp")}, "ready: .* is not a variable"),
        ({"ready": "nsu=urn:plx;s=Ready", "lamp": node("NotLamp")}, "ready: .*no namespace 'urn:plx'"),
        ({"ready": node("Ready"), "lamp": "i=2258"}, "lamp: i=2258 is of type DateTime, not Boolean"),
    ],
)
def test_a_node_that_is_wrong_is_told_with_role_and_signal(plc: Plc, nodes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConnectionFailed, match=said):
        using(station(plc, nodes=nodes), lambda io: io.read("ready"))


def test_a_command_that_takes_something_else(plc: Plc) -> None:
    settings = {"nodes": {"code": node("Code"), "count": node("Count")}, "commands": {"trigger": call("Suck")}}
    with pytest.raises(ConnectionFailed, match=r"trigger: .*Suck takes 1 arguments .*, not 0"):
        using(made(plc, "code_reader", (), **settings), lambda reader: reader.read_code())


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ({"ready": node("Ready")}, "the signal 'lamp' has no node"),
        ({**BITS, "bell": node("Ready")}, "nodes.bell: the cell has no such signal"),
    ],
)
def test_signals_and_nodes_must_match(plc: Plc, nodes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        station(plc, nodes=nodes)


def test_virtual_time_is_refused(plc: Plc) -> None:
    with pytest.raises(ConnectionFailed, match="runs in real time"):
        run(station(plc).connect())
