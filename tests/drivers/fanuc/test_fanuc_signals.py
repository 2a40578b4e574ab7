"""Signals of the controller, and the tool and load that it receives."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from cellkit_fanuc.driver import FanucArm
from cellkit_fanuc.protocol.loads import payload_fields, payload_of
from cellkit_fanuc.rig import FanucRig

from cellkit.devices import AnalogSignal, Load, Tool
from cellkit.errors import CommandRejected, ConfigError, ConnectionLost
from cellkit.models.load import load_gripper
from cellkit.timing import now, run
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

FAR = 0.3  # rad


def with_arm(test):
    async def play():
        rig = FanucRig().rig("arm", "crx-10ia")
        await rig.start()
        try:
            return await test(rig, rig.device)
        finally:
            await rig.device.close()
            await rig.finish()

    return run(play())


def test_a_terminal_that_rmi_has_no_number_for_is_refused_by_name():
    async def test(rig, arm):
        with pytest.raises(ConfigError, match=r"io: part: no digital input 0; the controller has 1 to 512"):
            arm.digital_io("io", {"part": 0}, {})
        with pytest.raises(ConfigError, match=r"valve: no digital output 513"):
            arm.digital_io("io", {}, {"valve": 513})
        with pytest.raises(ConfigError, match=r"level: no analog input 0"):
            arm.analog_io("io", {"level": AnalogSignal(0, 0.0, 1.0)}, {})

    with_arm(test)


def test_signals_are_ports_of_the_controller():
    async def test(rig, arm):
        io = arm.digital_io("io", {"part": 7}, {"valve": 9})
        await io.connect()
        rig.virtual.set_digital_input(7, True)
        assert await io.read("part") is True
        await io.write("valve", True)
        assert rig.virtual.digital_output(9) is True
        assert rig.virtual.digital_output(7) is False
        rig.virtual.data.signals["DO", 9] = 0  # a program on the pendant
        assert await io.read("valve") is False

    with_arm(test)


def test_analog_ports_count():
    async def test(rig, arm):
        pressure, speed = AnalogSignal(1, 0.0, 6.0, "bar"), AnalogSignal(2, 0.0, 100.0, "%")
        io = arm.analog_io("io", {"pressure": pressure}, {"speed": speed})
        await io.connect()
        rig.virtual.data.signals["AI", 1] = 500
        assert await io.read("pressure") == pytest.approx(1.5)
        await io.write("speed", 75.0)
        assert rig.virtual.data.signals["AO", 2] == 1500

    with_arm(test)


def test_a_module_that_counts_otherwise_is_a_setting():
    async def test(rig, arm):
        arm.config = arm.config.model_copy(update={"analog_counts": 1000.0})
        io = arm.analog_io("io", {}, {"speed": AnalogSignal(2, 0.0, 100.0, "%")})
        await io.connect()
        await io.write("speed", 100.0)
        assert rig.virtual.data.signals["AO", 2] == 1000

    with_arm(test)


def test_what_the_controller_refuses_is_said_with_its_number():
    async def test(rig, arm):
        rig.virtual.data.ports = {"DO": 24, "AI": 2}  # as many modules as it has
        io = arm.digital_io("io", {}, {"lamp": 24, "valve": 25})
        await io.connect()
        await io.write("lamp", True)
        for command in (io.write("valve", True), io.read("valve")):
            with pytest.raises(CommandRejected, match=r"DO\[25\]: the controller refuses: RMIT-038"):
                await command
        levels = arm.analog_io("levels", {"level": AnalogSignal(3, 0.0, 1.0)}, {})
        await levels.connect()
        with pytest.raises(CommandRejected, match=r"AI\[3\]: .*RMIT-038"):
            await levels.read("level")

    with_arm(test)


def moved(writes):
    async def test(rig, arm):
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        target = np.array(arm.model.home) + FAR
        moving = asyncio.ensure_future(arm.move_joint(target, speed=0.3))
        since, seen = now(), []
        for number in range(8):
            await asyncio.sleep(0.05)
            seen.append(rig.true_joints())
            if writes:
                await io.write("valve", number % 2 == 0)
        await moving
        return now() - since, np.array([*seen, rig.true_joints()])

    return with_arm(test)


def test_an_output_that_is_written_during_a_motion_does_not_disturb_it():
    (quiet, path), (busy, same) = moved(False), moved(True)
    assert busy == pytest.approx(quiet, abs=1e-6)
    assert np.abs(path - same).max() < 1e-9
    assert np.abs(path[1] - path[-2]).max() > 0.01, "it moved meanwhile"


def test_waits_for_a_signal_end_with_the_link_of_the_arm():
    async def test(rig, arm):
        io = arm.digital_io("io", {"part": 1}, {})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("part"))
        await asyncio.sleep(0.5)
        rig.faults.silent = True
        await asyncio.wait({waiting}, timeout=5.0)
        assert isinstance(waiting.exception(), ConnectionLost)

    with_arm(test)


def sent(do):
    """The lines that the driver sends meanwhile; what it asks by itself from time to time aside."""

    async def test(rig, arm):
        passed: list[Passed] = []
        own = FanucArm("arm", rig.model, arm.config, RecordingNetwork(rig.network, passed.append))
        async with own:
            passed.clear()
            await do(own)
            lines = b"".join(one.data for one in passed if one.direction == "sent").splitlines(keepends=True)
        return [line for line in lines if b"FRC_GetStatus" not in line and b"FRC_ReadError" not in line]

    return with_arm(test)


def test_commands_of_signals_are_those_of_other_clients():
    """DI and DO: captured from fanuc-ucl 2.0.2. Ports of version 7: ``packets.hpp`` of FANUC's own client."""

    async def do(arm):
        await arm.digital_input(5)
        await arm.set_digital_output(5, True)
        await arm.set_digital_output(5, False)
        await arm.digital_output(5)
        await arm.analog_input(2)
        await arm.set_analog_output(1, 0.5)

    assert sent(do) == [
        b'{"Command":"FRC_ReadDIN","PortNumber":5}\r\n',
        b'{"Command":"FRC_WriteDOUT","PortNumber":5,"PortValue":"ON"}\r\n',
        b'{"Command":"FRC_WriteDOUT","PortNumber":5,"PortValue":"OFF"}\r\n',
        b'{"Command":"FRC_ReadIOPort","PortType":"DO","PortNumber":5}\r\n',
        b'{"Command":"FRC_ReadIOPort","PortType":"AI","PortNumber":2}\r\n',
        b'{"Command":"FRC_WriteIOPort","PortType":"AO","PortNumber":1,"PortValue":1000}\r\n',
    ]


# --- tool and load ------------------------------------------------------------------------------------------------


def test_the_data_of_a_gripper_arrive():
    async def test(rig, arm):
        await arm.connect()
        tool, part = Tool.of_gripper(load_gripper("2f-85")), Load.box(0.5, (0.05, 0.04, 0.06), (0.01, 0.0, 0.17))
        await arm.set_tool(tool)
        data = rig.virtual.data
        for carried in (Load(), part):
            await arm.set_payload(carried)
            both = tool.load + carried
            schedule = data.payloads[arm.config.payload_schedule]
            assert schedule.mass == pytest.approx(both.mass)
            assert schedule.centre_of_gravity == pytest.approx(both.centre_of_gravity, abs=1e-6)
            assert np.diag(schedule.inertia) == pytest.approx(np.diag(both.inertia), abs=1e-8)
            assert rig.kernel.payload is schedule
        assert np.abs(data.tools[arm.config.tool_number] - tool.tcp.matrix).max() < 1e-6

    with_arm(test)


def test_the_payload_has_the_fields_of_fanucs_own_client():
    """``SetPayloadValuePacket`` in packets.hpp: kg, cm, kg cm² about axes parallel to the flange's."""

    async def do(arm):
        await arm.set_payload(Load(1.0, np.array([0.01, 0.0, 0.1]), np.diag([0.002, 0.003, 0.004])))

    assert sent(do)[-2:] == [
        b'{"Command":"FRC_SetPayloadValue","ScheduleNumber":1,"Mass":1.0,"CG_X":1.0,"CG_Y":0.0,"CG_Z":10.0,'
        b'"IN_X":20.0,"IN_Y":30.0,"IN_Z":40.0}\r\n',
        b'{"Command":"FRC_SetPayloadID","ScheduleNumber":1}\r\n',
    ]


def test_moments_of_inertia_are_kg_cm2_and_may_be_left_out():
    fields = payload_fields(Load(1.0, np.array([0.01, 0.0, 0.1]), np.diag([0.002, 0.003, 0.004])))
    assert fields == {"Mass": 1.0, "CG_X": 1.0, "CG_Y": 0.0, "CG_Z": 10.0, "IN_X": 20.0, "IN_Y": 30.0, "IN_Z": 40.0}
    without = payload_of({"Mass": 1.0, "CG_X": 0.0, "CG_Y": 0.0, "CG_Z": 1.0})
    assert not without.inertia.any()
