"""What the virtual controller refuses, each with the vendor's number (RMIT-001 is 2556929)."""

from __future__ import annotations

import asyncio

import pytest
from fanuc_raw import angles, bits, controller, in_cell_time, joint, linear, session, shifted

from cellkit.devices import Fault, OperationalMode
from cellkit.timing import run


def rmit(number: int) -> int:
    return 2556928 + number


async def begun(raw) -> tuple[dict, dict]:
    """The program is begun; joint angles and position of the arm."""
    await raw.command("FRC_Initialize")
    there = (await raw.command("FRC_ReadJointAngles"))["JointAngle"]
    return there, (await raw.command("FRC_ReadCartesianPosition"))["Position"]


# --- sessions -----------------------------------------------------------------------------------------------------


def test_a_client_is_told_its_port_and_the_first_connection_is_closed():
    async def test(rig, raw):
        await raw.close()
        await asyncio.sleep(0.01)
        door = await session(rig, "rmi")
        answer = await door.ask({"Communication": "FRC_Connect"})
        assert answer == {
            "Communication": "FRC_Connect",
            "ErrorID": 0,
            "PortNumber": rig.virtual.ports["motion"],
            "MajorVersion": 7,
            "MinorVersion": 0,
        }
        assert door.ended
        await door.close()

    in_cell_time(test)


def test_a_second_client_is_refused():
    async def test(rig, raw):
        await begun(raw)
        door, second = await session(rig, "rmi"), await session(rig)
        assert await door.code({"Communication": "FRC_Connect"}) == rmit(26)
        await asyncio.sleep(0.01)
        assert second.ended
        assert await raw.code({"Communication": "FRC_Connect"}) == rmit(26)
        assert (await raw.command("FRC_GetStatus"))["ProgramStatus"] == 0, "the first client's program goes on"
        await door.close()
        await second.close()

    in_cell_time(test)


def test_a_session_can_be_had_again_after_disconnecting():
    async def test(rig, raw):
        await begun(raw)
        assert await raw.code({"Communication": "FRC_Disconnect"}) == 0
        await asyncio.sleep(0.01)
        assert raw.ended
        again = await session(rig)
        assert (await again.command("FRC_GetStatus"))["ProgramStatus"] == 2, "disconnecting aborts the program"
        await again.close()

    in_cell_time(test)


def test_disconnecting_and_a_lost_connection_stop_the_arm():
    async def test(rig, raw):
        there, _ = await begun(raw)
        raw.send(joint(1, shifted(there, J1=90.0)))
        await asyncio.sleep(0.5)
        await raw.close()
        await asyncio.sleep(1.0)
        stood = rig.true_joints()
        await asyncio.sleep(1.0)
        assert abs(rig.true_joints() - stood).max() == 0.0
        assert not rig.kernel.moving

    in_cell_time(test)


def test_an_hour_without_a_packet_ends_the_session():
    async def test(rig, raw):
        await raw.command("FRC_GetStatus")  # a client that sends nothing at all is disconnected sooner
        await asyncio.sleep(3000.0)
        await raw.command("FRC_GetStatus")
        await asyncio.sleep(3500.0)
        assert not raw.ended
        await asyncio.sleep(101.0)
        assert raw.came[-1] == {"Communication": "FRC_Terminate"}
        assert raw.ended

    in_cell_time(test)


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        (b"nonsense\r\n", rmit(22)),
        (b'{"Command":"FRC_GetStatus","Command":"FRC_Abort"}\r\n', rmit(22)),
        (b'{"Command":"FRC_SetOverRide","Value":NaN}\r\n', rmit(22)),
        ({"Command": "FRC_Fly"}, rmit(13)),
        ({"Communication": "FRC_GetStatus"}, rmit(13)),
        ({"Command": "FRC_WaitTime", "Time": 1.0}, rmit(13)),
    ],
)
def test_what_it_does_not_know_comes_back_as_unknown(packet, code):
    async def test(_, raw):
        answer = await raw.ask(packet)
        assert answer["ErrorID"] == code
        assert (answer.get("Command") == "Unknown") is (not isinstance(packet, dict) or "FRC_Fly" in packet.values())

    in_cell_time(test)


# --- commands -----------------------------------------------------------------------------------------------------

FRAME = {"X": 0, "Y": 0, "Z": 0, "W": 0, "P": 0, "R": 0}


@pytest.mark.parametrize(
    ("name", "fields", "number"),
    [
        ("FRC_GetStatus", {"Speed": 1}, 13),
        ("FRC_GetUFrameUTool", {"Group": 2}, 39),
        ("FRC_SetUFrameUTool", {"UFrameNumber": 0, "UToolNumber": 0}, 2),
        ("FRC_SetUFrameUTool", {"UFrameNumber": 0, "UToolNumber": 11}, 2),
        ("FRC_SetUFrameUTool", {"UFrameNumber": 10, "UToolNumber": 1}, 3),
        ("FRC_SetUFrameUTool", {"UFrameNumber": 0}, 2),
        ("FRC_SetUFrameUTool", {"UFrameNumber": True, "UToolNumber": 1}, 3),
        ("FRC_ReadUFrameData", {"FrameNumber": "1"}, 3),
        ("FRC_ReadUToolData", {"FrameNumber": 1}, 13),
        ("FRC_WriteUFrameData", {"FrameNumber": 0, "Frame": FRAME}, 3),
        ("FRC_WriteUToolData", {"ToolNumber": 1, "Frame": {"X": 0}}, 23),
        ("FRC_WriteUToolData", {"ToolNumber": 1, "Frame": {**FRAME, "Q": 0}}, 23),
        ("FRC_SetOverRide", {"Value": 0}, 5),
        ("FRC_SetOverRide", {"Value": 101}, 5),
        ("FRC_SetOverRide", {"Value": 50.5}, 5),
        ("FRC_ReadError", {"Count": 6}, 21),
        ("FRC_ReadDIN", {"PortNumber": 0}, 38),
        ("FRC_ReadDIN", {"PortNumber": 100000}, 38),
        ("FRC_WriteDOUT", {"PortNumber": 1, "PortValue": 1}, 21),
        ("FRC_ReadIOPort", {"PortType": "XX", "PortNumber": 1}, 21),
        ("FRC_WriteIOPort", {"PortType": "DI", "PortNumber": 1, "PortValue": 1}, 21),
        ("FRC_ReadRegister", {"RegisterNumber": 201}, 21),
        ("FRC_WriteRegister", {"RegisterNumber": 1, "RegisterValue": "1", "DataType": "integer"}, 21),
        ("FRC_WriteRegister", {"RegisterNumber": 1, "RegisterValue": 1, "DataType": "Float"}, 21),
        ("FRC_ReadPositionRegister", {"RegisterNumber": 101}, 4),
        ("FRC_ReadPositionRegister", {"RegisterNumber": 5}, 4),
        ("FRC_WritePositionRegister", {"RegisterNumber": 5, "Representation": "Polar"}, 44),
        ("FRC_WritePositionRegister", {"RegisterNumber": 5, "Representation": "Joint"}, 23),
        ("FRC_SetPayloadID", {"ScheduleNumber": 11}, 17),
        ("FRC_SetPayloadValue", {"ScheduleNumber": 1, "Mass": -1, "CG_X": 0, "CG_Y": 0, "CG_Z": 0}, 21),
        ("FRC_SetPayloadValue", {"ScheduleNumber": 1, "Mass": 1, "CG_X": 0, "CG_Y": 0, "CG_Z": 0, "IN_X": -1}, 21),
        ("FRC_SetPayloadValue", {"ScheduleNumber": 1, "Mass": 1, "CG_X": 0, "CG_Y": 0, "CG_Z": 0, "IN_Z": "1"}, 21),
        ("FRC_WriteIOPort", {"PortType": "AI", "PortNumber": 1, "PortValue": 1}, 21),
        ("FRC_WriteIOPort", {"PortType": "AO", "PortNumber": 1, "PortValue": "ON"}, 21),
        ("FRC_WriteIOPort", {"PortType": "AO", "PortNumber": 513, "PortValue": 1}, 38),
        ("FRC_Initialize", {"GroupMask": 3}, 40),
        ("FRC_Initialize", {"PLTZMODE": "ZERODN"}, 21),
        ("FRC_Initialize", {"RTSA": "ON"}, 21),
        ("FRC_Abort", {}, 9),
        ("FRC_Pause", {}, 9),
        ("FRC_Continue", {}, 10),
    ],
)
def test_commands_are_refused(name, fields, number):
    async def test(_, raw):
        answer = await raw.ask({"Command": name, **fields})
        assert answer == {"Command": name, "ErrorID": rmit(number)}

    in_cell_time(test)


def test_initialize_has_its_conditions():
    async def test(rig, raw):
        start = {"Command": "FRC_Initialize"}
        await rig.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        assert await raw.code(start) == rmit(15)
        assert (await raw.command("FRC_GetStatus"))["TPMode"] == 1
        await rig.virtual.set_mode(OperationalMode.AUTOMATIC)
        rig.virtual.press_emergency_stop()
        await asyncio.sleep(0.5)
        assert await raw.code(start) == rmit(7)
        assert await raw.code({"Command": "FRC_Reset"}) == rmit(12), "the button is pressed"
        rig.virtual.release_emergency_stop()
        assert await raw.code(start) == rmit(7)
        await raw.command("FRC_Reset")
        rig.virtual.commands.program_selected = True
        assert await raw.code(start) == 7015
        rig.virtual.commands.program_selected = False
        assert await raw.code(start) == 0
        assert await raw.code(start) == rmit(15), "it runs already"

    in_cell_time(test)


# --- instructions -------------------------------------------------------------------------------------------------


def test_instructions_need_a_program():
    async def test(_, raw):
        assert await raw.code({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": 0.1}) == rmit(9)
        await raw.command("FRC_Initialize")
        await raw.command("FRC_Abort")
        assert await raw.code({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": 0.1}) == rmit(9)

    in_cell_time(test)


@pytest.mark.parametrize("wrong", [1, 3, 0, "2", None])
def test_a_wrong_sequence_number_holds_until_a_reset(wrong):
    async def test(rig, raw):
        there, _ = await begun(raw)
        raw.send(joint(1, shifted(there, J1=30.0)))
        await asyncio.sleep(0.1)
        wait = {"Instruction": "FRC_WaitTime", "Time": 0.1}
        assert await raw.code(wait if wrong is None else {**wait, "SequenceID": wrong}) == rmit(29)
        assert await raw.code({**wait, "SequenceID": 2}) == rmit(24)
        assert (await raw.done(1))["ErrorID"] == 0, "what was queued is carried out"
        assert await raw.code({**wait, "SequenceID": 2}) == rmit(24)
        assert await raw.code({"Command": "FRC_Initialize"}) == rmit(15)
        await raw.command("FRC_Reset")
        assert (await raw.command("FRC_GetStatus"))["NextSequenceID"] == 2
        raw.send({**wait, "SequenceID": 2})
        assert (await raw.done(2))["ErrorID"] == 0

    in_cell_time(test)


def test_a_ninth_instruction_has_to_wait():
    async def test(_, raw):
        await begun(raw)
        for sequence in range(1, 9):
            raw.send({"Instruction": "FRC_WaitTime", "SequenceID": sequence, "Time": 0.5})
        ninth = {"Instruction": "FRC_WaitTime", "SequenceID": 9, "Time": 0.1}
        assert await raw.ask(ninth) == {"Instruction": "FRC_WaitTime", "ErrorID": rmit(28), "SequenceID": 9}
        await raw.done(1)
        raw.send(ninth)
        assert (await raw.done(9))["ErrorID"] == 0
        order = [packet["SequenceID"] for packet in raw.came if packet.get("ErrorID") == 0 and "SequenceID" in packet]
        assert order == list(range(1, 10))

    in_cell_time(test)


POSITION = {"X": 600.0, "Y": 0.0, "Z": 200.0, "W": 180.0, "P": 0.0, "R": 0.0}
SIX = angles(0, 0, 0, 0, -90, 0)


@pytest.mark.parametrize(
    ("packet", "number"),
    [
        ({"Instruction": "FRC_Somersault", "SequenceID": 1}, 20),
        ({"Instruction": "FRC_GetStatus", "SequenceID": 1}, 20),
        ({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": -1.0}, 21),
        ({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": 1.0, "Speed": 1}, 20),
        ({"Instruction": "FRC_WaitDIN", "SequenceID": 1, "PortNumber": 0, "PortValue": "ON"}, 38),
        ({"Instruction": "FRC_WaitDIN", "SequenceID": 1, "PortNumber": 1, "PortValue": 1}, 21),
        ({"Instruction": "FRC_SetUFrame", "SequenceID": 1, "FrameNumber": 10}, 3),
        ({"Instruction": "FRC_SetUTool", "SequenceID": 1, "ToolNumber": 0}, 2),
        ({"Instruction": "FRC_SetPayLoad", "SequenceID": 1, "ScheduleNumber": 0}, 17),
        ({"Instruction": "FRC_Call", "SequenceID": 1, "ProgramName": "X" * 37}, 53),
        ({"Instruction": "FRC_Call", "SequenceID": 1, "ProgramName": "NOWHERE"}, 53),
        (joint(1, SIX, SpeedType="mmSec"), 30),
        (joint(1, SIX, SpeedType=None), 30),
        (joint(1, SIX, Speed=0), 31),
        (joint(1, SIX, Speed=101), 31),
        (joint(1, SIX, Speed="50"), 31),
        (joint(1, SIX, TermType="STOP"), 32),
        (joint(1, SIX, TermType="CNT", TermValue=None), 33),
        (joint(1, SIX, TermType="CNT", TermValue=101), 33),
        (joint(1, SIX, ACC=19), 35),
        (joint(1, SIX, ACC=101), 35),
        (joint(1, angles(0, 0, 0)), 36),
        (joint(1, {**SIX, "J1": "0"}), 36),
        (joint(1, SIX, JointAngle=None), 36),
        (joint(1, SIX, Flourish=1), 18),
        (joint(1, SIX, OffsetPRNumber=0), 4),
        (joint(1, SIX, OffsetPRNumber=7), 4),
        (joint(1, SIX, VisionPRNumber=1), 19),
        (joint(1, SIX, LCBType="TA", LCBValue=100, PortType=3, portNumber=1, portValue="ON"), 34),
        (joint(1, SIX, LCBType="TA", LCBValue=100, PortType=1, portNumber=1, portValue="ON"), 18),
        (linear(1, POSITION, SpeedType="Percent"), 30),
        (linear(1, POSITION, bits(UToolNumber=0)), 36),
        (linear(1, POSITION, bits(Flip=2)), 36),
        (linear(1, {"X": 0.0}), 36),
        (linear(1, POSITION, WristJoint="ON"), 18),
        (linear(1, POSITION, ALIM=10), 18),
        (linear(1, POSITION, Instruction="FRC_CircularMotion"), 37),
        (linear(1, POSITION, Instruction="FRC_SplineMotion"), 20),
    ],
)
def test_a_wrong_instruction_is_refused_and_holds(packet, number):
    async def test(rig, raw):
        before = rig.true_joints()
        await begun(raw)
        answer = await raw.ask(packet)
        assert answer["ErrorID"] == rmit(number)
        assert answer["SequenceID"] == 1
        assert answer.get("Instruction", "") in (packet["Instruction"], "")
        assert await raw.code({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": 0.1}) == rmit(24)
        await asyncio.sleep(1.0)
        assert abs(rig.true_joints() - before).max() == 0.0
        await raw.command("FRC_Reset")
        raw.send({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": 0.1})
        assert (await raw.done(1))["ErrorID"] == 0

    in_cell_time(test)


# --- faults -------------------------------------------------------------------------------------------------------


def test_an_alarm_during_a_motion_is_pushed_and_the_program_pauses():
    async def test(rig, raw):
        there, _ = await begun(raw)
        raw.send({"Instruction": "FRC_WaitTime", "SequenceID": 1, "Time": 0.1})
        raw.send(joint(2, shifted(there, J1=40.0)))
        await asyncio.sleep(0.5)
        rig.virtual.press_emergency_stop()
        pushed = await raw.until(lambda packet: "Communication" in packet)
        assert pushed == {"Communication": "FRC_SystemFault", "SequenceID": 2}
        status = await raw.command("FRC_GetStatus")
        assert (status["ServoReady"], status["ProgramStatus"], status["RMIMotionStatus"]) == (0, 1, 1)
        error = await raw.command("FRC_ReadError", Count=5)
        assert error["ErrorData"].startswith("SRVO-001")
        assert await raw.code(joint(3, there)) == rmit(7)
        assert await raw.code({"Command": "FRC_Continue"}) == rmit(11)
        rig.virtual.release_emergency_stop()
        await asyncio.sleep(0.5)  # a reset is answered once the arm stands
        await raw.command("FRC_Reset")
        assert (await raw.command("FRC_ReadError"))["ErrorData"] == "No Error"
        await raw.command("FRC_Continue")
        assert (await raw.done(2))["ErrorID"] == 0
        found = (await raw.command("FRC_ReadJointAngles"))["JointAngle"]
        assert found["J1"] == pytest.approx(there["J1"] + 40.0, abs=0.01), "it goes on to where the line leads"

    in_cell_time(test)


def test_one_command_at_a_time():
    """A reset is answered once the arm stands."""

    async def test(rig, raw):
        there, _ = await begun(raw)
        raw.send(joint(1, shifted(there, J1=60.0), Speed=100))
        await asyncio.sleep(0.4)
        rig.virtual.protective_stop()
        raw.send({"Command": "FRC_Reset"})
        await asyncio.sleep(0.01)
        assert await raw.code({"Command": "FRC_GetStatus"}) == rmit(27)
        assert await raw.code({"Command": "FRC_Abort"}) == rmit(27)
        reset = await raw.until(lambda packet: packet.get("Command") == "FRC_Reset")
        assert reset["ErrorID"] == 0
        await raw.command("FRC_GetStatus")

    in_cell_time(test)


def test_several_alarms_are_told_newest_first():
    async def test(rig, raw):
        rig.virtual.example_fault()
        rig.virtual.protective_stop()
        await asyncio.sleep(0.5)
        error = await raw.command("FRC_ReadError", Count=5)
        assert error["Count"] == 2
        assert error["ErrorData"].startswith("SRVO-050")
        assert error["ErrorData2"] == "SRVO-046 OVC alarm (Group:1 Axis:2)"
        assert (await raw.command("FRC_ReadError"))["Count"] == 1
        rig.kernel.raise_fault(Fault("following-error", "joint 1 is off", recoverable=False))
        assert await raw.code({"Command": "FRC_Reset"}) == rmit(12)

    in_cell_time(test)


def test_what_cannot_be_reached_is_an_alarm_of_the_line():
    async def test(rig, raw):
        there, position = await begun(raw)
        before = rig.true_joints()
        raw.send(linear(1, shifted(position, X=5000.0)))
        assert (await raw.until(lambda packet: "Communication" in packet))["SequenceID"] == 1
        assert (await raw.command("FRC_ReadError"))["ErrorData"].startswith("MOTN-018")
        await raw.command("FRC_Reset")
        assert await raw.code({"Command": "FRC_Continue"}) == rmit(11)
        await raw.command("FRC_Abort")
        await raw.command("FRC_Initialize")
        for packet in (joint(1, shifted(there, J1=200.0)), linear(1, shifted(position, Z=20.0), bits(Flip=1))):
            raw.send(packet)
            await raw.until(lambda packet: "Communication" in packet)
            await raw.command("FRC_Reset")
            await raw.command("FRC_Abort")
            await raw.command("FRC_Initialize")
        assert abs(rig.true_joints() - before).max() == 0.0

    in_cell_time(test)


def test_the_key_switch_pauses_the_program():
    async def test(rig, raw):
        there, _ = await begun(raw)
        await rig.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        assert (await raw.command("FRC_GetStatus"))["ProgramStatus"] == 1
        assert await raw.code(joint(1, there)) == rmit(15)
        await rig.virtual.set_mode(OperationalMode.AUTOMATIC)
        await raw.command("FRC_Continue")
        raw.send(joint(1, there))
        assert (await raw.done(1))["ErrorID"] == 0

    in_cell_time(test)


def test_a_client_without_an_end_of_line_cannot_exhaust_it():
    async def test(rig, raw):
        raw.send(b"x" * 10000)
        await asyncio.sleep(0.1)
        assert raw.ended, "a line without an end"
        again = await session(rig)
        await again.command("FRC_GetStatus")
        await again.close()

    in_cell_time(test)


def test_controllers_are_taken_down_whatever_they_do():
    async def play():
        async with controller() as (_, raw):
            there, _ = await begun(raw)
            raw.send(joint(1, shifted(there, J1=90.0)))
            raw.send({"Instruction": "FRC_WaitDIN", "SequenceID": 2, "PortNumber": 1, "PortValue": "ON"})
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.1)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(play())
