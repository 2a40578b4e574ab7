"""What RMI_MOVE does with its lines: blending, waiting, pausing, registers, offsets, signals, configurations."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest
from cellkit_fanuc.protocol import joints
from fanuc_raw import angles, bits, in_cell_time, joint, linear, shifted


async def begun(raw):
    await raw.command("FRC_Initialize")
    there = (await raw.command("FRC_ReadJointAngles"))["JointAngle"]
    position = (await raw.command("FRC_ReadCartesianPosition"))["Position"]
    return there, position


async def place(raw):
    return (await raw.command("FRC_ReadCartesianPosition"))["Position"]


def same(found, wanted, tolerance=0.02):
    assert {key: found[key] for key in "XYZ"} == pytest.approx({key: wanted[key] for key in "XYZ"}, abs=tolerance)


async def moves(rig, seconds=0.5):
    before = rig.true_joints()
    await asyncio.sleep(seconds)
    return bool(abs(rig.true_joints() - before).max() > 1e-6)


# --- blending -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["CNT", "CR"])
def test_a_blended_line_waits_for_the_next_one(term):
    async def test(rig, raw):
        _, position = await begun(raw)
        raw.send(linear(1, shifted(position, Y=80.0), TermType=term, TermValue=20))
        assert not await moves(rig, 2.0)
        raw.send(linear(2, shifted(position, Y=80.0, Z=80.0)))
        slowest, nearest = 1e9, 1e9
        while not any(packet.get("SequenceID") == 2 for packet in raw.came):
            await asyncio.sleep(0.01)
            found = await place(raw)
            off = np.hypot(found["Y"] - position["Y"] - 80.0, found["Z"] - position["Z"])
            nearest = min(nearest, off)
            if off < 15.0:
                slowest = min(slowest, (await raw.command("FRC_ReadTCPSpeed"))["Speed"])
        assert slowest > 20.0, "the corner was not blended"
        assert nearest <= 20.0
        same(await place(raw), shifted(position, Y=80.0, Z=80.0))

    in_cell_time(test)


def test_blended_lines_are_answered_as_their_corners_are_passed():
    async def test(rig, raw):
        _, position = await begun(raw)
        for sequence in (1, 2, 3):
            goal = shifted(position, Y=60.0 * sequence, Z=30.0 * (sequence % 2))
            raw.send(linear(sequence, goal, TermType="CR", TermValue=10))
        raw.send(linear(4, shifted(position, Y=240.0)))
        loop, at = asyncio.get_running_loop(), []
        for sequence in (1, 2, 3, 4):
            await raw.done(sequence)
            at.append(loop.time())
            if sequence < 4:
                assert await moves(rig, 0.01), "the arm passes the corner"
        assert all(0.25 < after - before < 0.6 for before, after in itertools.pairwise(at)), at

    in_cell_time(test)


def test_a_blended_path_can_be_aborted():
    async def test(rig, raw):
        _, position = await begun(raw)
        for sequence, term in ((1, "CR"), (2, "CR"), (3, "FINE")):
            raw.send(linear(sequence, shifted(position, Y=60.0 * sequence), TermType=term, TermValue=10))
        await raw.done(1)
        await raw.command("FRC_Abort")
        await asyncio.sleep(1.0)
        assert not await moves(rig)
        await raw.command("FRC_Initialize")
        raw.send(linear(1, position))
        await raw.done(1)

    in_cell_time(test)


def test_noblend_does_not_wait():
    async def test(rig, raw):
        _, position = await begun(raw)
        raw.send(linear(1, shifted(position, Y=50.0), TermType="CNT", TermValue=100, NoBlend="ON"))
        assert (await raw.done(1))["ErrorID"] == 0
        same(await place(raw), shifted(position, Y=50.0))

    in_cell_time(test)


def test_a_line_that_is_no_motion_ends_the_wait():
    async def test(rig, raw):
        _, position = await begun(raw)
        raw.send(linear(1, shifted(position, Y=50.0), TermType="CNT", TermValue=100))
        assert not await moves(rig)
        raw.send({"Instruction": "FRC_WaitTime", "SequenceID": 2, "Time": 0.1})
        await raw.done(2)
        same(await place(raw), shifted(position, Y=50.0))

    in_cell_time(test)


def test_more_blended_lines_than_the_buffer_holds():
    async def test(rig, raw):
        _, position = await begun(raw)
        for sequence in range(1, 9):
            raw.send(linear(sequence, shifted(position, Y=10.0 * sequence), TermType="CR", TermValue=5))
        await raw.done(7)
        await asyncio.sleep(0.5)
        assert not await moves(rig), "the eighth waits for the ninth"
        raw.send(linear(9, position))
        await raw.done(9)
        same(await place(raw), position)

    in_cell_time(test)


# --- pausing ------------------------------------------------------------------------------------------------------


def test_pause_holds_on_the_path_and_continue_goes_on():
    async def test(rig, raw):
        _, position = await begun(raw)
        await raw.command("FRC_SetOverRide", Value=40)
        raw.send(linear(1, shifted(position, Y=200.0)))
        await asyncio.sleep(0.5)
        await raw.command("FRC_Pause")
        await asyncio.sleep(0.5)
        assert not await moves(rig)
        status = await raw.command("FRC_GetStatus")
        assert (status["ProgramStatus"], status["Override"]) == (1, 40)
        await raw.command("FRC_SetOverRide", Value=80)
        assert not await moves(rig)
        found = await place(raw)
        assert (found["X"], found["Z"]) == pytest.approx((position["X"], position["Z"]), abs=0.05)
        await raw.command("FRC_Continue")
        await raw.done(1)
        assert (await raw.command("FRC_GetStatus"))["Override"] == 80
        same(await place(raw), shifted(position, Y=200.0))

    in_cell_time(test)


def test_abort_forgets_the_lines_and_numbers_begin_anew():
    async def test(rig, raw):
        there, _ = await begun(raw)
        raw.send(joint(1, shifted(there, J1=60.0)))
        raw.send(joint(2, there))
        await asyncio.sleep(0.3)
        await raw.command("FRC_Abort")
        await asyncio.sleep(1.0)
        assert not await moves(rig)
        assert not [packet for packet in raw.came if "SequenceID" in packet]
        await raw.command("FRC_Initialize")
        assert (await raw.command("FRC_GetStatus"))["NextSequenceID"] == 1
        raw.send(joint(1, there))
        await raw.done(1)

    in_cell_time(test)


# --- targets ------------------------------------------------------------------------------------------------------


def test_joint_targets_are_the_pendants():
    async def test(rig, raw):
        await begun(raw)
        wanted = angles(10.0, 20.0, -15.0, 5.0, -80.0, 30.0)
        raw.send(joint(1, wanted))
        await raw.done(1)
        assert rig.true_joints() == pytest.approx(joints.from_wire(wanted), abs=1e-5)
        raw.send(joint(2, angles(0, 5.0, 0, 0, 0, 0), Instruction="FRC_JointRelativeJRep"))
        await raw.done(2)
        found = (await raw.command("FRC_ReadJointAngles"))["JointAngle"]
        assert (found["J2"], found["J3"]) == pytest.approx((25.0, -15.0), abs=2e-3)

    in_cell_time(test)


@pytest.mark.parametrize("name", ["FRC_LinearRelative", "FRC_JointRelative"])
def test_relative_motions_go_along_the_axes_of_the_frame(name):
    async def test(rig, raw):
        _, position = await begun(raw)
        zero = dict.fromkeys(position, 0.0)
        speed = {"SpeedType": "mSec", "Speed": 800} if name == "FRC_JointRelative" else {}
        # For increments the bits of the configuration mean nothing: FANUC's own example leaves them zero.
        none = {**dict.fromkeys(bits(), 0), "UToolNumber": 1}
        raw.send(linear(1, shifted(zero, X=20.0, Z=-30.0, R=10.0), none, Instruction=name, **speed))
        await raw.done(1)
        found = await place(raw)
        same(found, shifted(position, X=20.0, Z=-30.0))
        assert found["R"] == pytest.approx(position["R"] + 10.0, abs=0.01)

    in_cell_time(test)


def test_linear_motions_to_joint_angles():
    async def test(rig, raw):
        there, position = await begun(raw)
        raw.send(joint(1, shifted(there, J1=5.0, J5=3.0)))
        await raw.done(1)
        raw.send(joint(2, there, Instruction="FRC_LinearMotionJRep", SpeedType="mmSec", Speed=100))
        await raw.done(2)
        same(await place(raw), position)
        step = dict.fromkeys(there, 0.0) | {"J1": 4.0}
        raw.send(joint(3, step, Instruction="FRC_LinearRelativeJRep", SpeedType="InchMin", Speed=2000))
        await raw.done(3)
        found = (await raw.command("FRC_ReadJointAngles"))["JointAngle"]
        assert found["J1"] == pytest.approx(there["J1"] + 4.0, abs=5e-3)

    in_cell_time(test)


def test_a_circle_passes_its_via_point():
    async def test(rig, raw):
        _, position = await begun(raw)
        via, goal = shifted(position, Y=40.0, Z=40.0), shifted(position, Y=80.0)
        raw.send(linear(1, goal, Instruction="FRC_CircularMotion", ViaConfiguration=bits(), ViaPosition=via))
        nearest = 1e9
        while not any(packet.get("SequenceID") == 1 for packet in raw.came):
            await asyncio.sleep(0.01)
            found = await place(raw)
            nearest = min(nearest, sum((found[key] - via[key]) ** 2 for key in "XYZ") ** 0.5)
        assert nearest < 2.5
        same(await place(raw), goal)

    in_cell_time(test)


def test_the_configuration_chooses_the_solution():
    async def test(rig, raw):
        there, position = await begun(raw)
        speed = {"SpeedType": "Percent", "Speed": 50, "Instruction": "FRC_JointMotion"}
        raw.send(linear(1, position, bits(Flip=1), **speed))
        await raw.done(1)
        same(await place(raw), position)
        found = (await raw.command("FRC_ReadCartesianPosition"))["Configuration"]
        assert found["Flip"] == 1
        assert (await raw.command("FRC_ReadJointAngles"))["JointAngle"]["J5"] > 0
        raw.send(linear(2, position, bits(), **speed))
        await raw.done(2)
        assert (await raw.command("FRC_ReadJointAngles"))["JointAngle"] == pytest.approx(there, abs=0.01)

    in_cell_time(test, "lrmate-200id")


def test_turn_numbers_choose_the_turn():
    async def test(rig, raw):
        there, position = await begun(raw)
        speed = {"SpeedType": "Percent", "Speed": 50, "Instruction": "FRC_JointMotion"}
        raw.send(linear(1, position, bits(Turn6=1), **speed))
        await raw.done(1)
        assert (await raw.command("FRC_ReadJointAngles"))["JointAngle"]["J6"] == pytest.approx(
            there["J6"] + 360, abs=0.01
        )
        assert (await raw.command("FRC_ReadCartesianPosition"))["Configuration"]["Turn6"] == 1

    in_cell_time(test, "lrmate-200id")


def test_user_frames_tools_and_offsets():
    async def test(rig, raw):
        _, position = await begun(raw)
        frame = {"X": 100.0, "Y": 0.0, "Z": 50.0, "W": 0.0, "P": 0.0, "R": 90.0}
        await raw.command("FRC_WriteUFrameData", FrameNumber=2, Frame=frame)
        await raw.command("FRC_WriteUToolData", ToolNumber=3, Frame={**dict.fromkeys("XYZWPR", 0.0), "Z": 80.0})
        raw.send({"Instruction": "FRC_SetUFrame", "SequenceID": 1, "FrameNumber": 2})
        raw.send({"Instruction": "FRC_SetUTool", "SequenceID": 2, "ToolNumber": 3})
        await raw.done(2)
        assert await raw.command("FRC_GetUFrameUTool") == {
            "Command": "FRC_GetUFrameUTool",
            "ErrorID": 0,
            "UFrameNumber": 2,
            "UToolNumber": 3,
            "Group": 1,
        }
        here = await place(raw)
        same(here, {"X": position["Y"], "Y": -(position["X"] - 100.0), "Z": position["Z"] - 50.0 - 80.0}, 0.05)
        numbers = bits(UFrameNumber=2, UToolNumber=3)
        shift = {**dict.fromkeys("XYZWPR", 0.0), "X": 15.0}
        down = {**dict.fromkeys("XYZWPR", 0.0), "Z": 25.0}
        for register, value in ((1, shift), (2, down)):
            await raw.command(
                "FRC_WritePositionRegister", RegisterNumber=register, Configuration=bits(), Position=value
            )
        read = await raw.command("FRC_ReadPositionRegister", RegisterNumber=1)
        assert (read["Representation"], read["Position"]) == ("Cartesian", shift)
        raw.send(linear(3, here, numbers, OffsetPRNumber=1))
        await raw.done(3)
        same(await place(raw), shifted(here, X=15.0), 0.05)
        raw.send(linear(4, here, numbers, ToolOffsetPRNumber=2))  # 25 mm along the tool, which points down
        await raw.done(4)
        same(await place(raw), shifted(here, Z=-25.0), 0.05)

    in_cell_time(test)


# --- everything else ----------------------------------------------------------------------------------------------


def test_speeds_are_what_they_say():
    async def test(rig, raw):
        _, position = await begun(raw)
        loop = asyncio.get_running_loop()
        for sequence, (kind, speed, least, most) in enumerate(
            [("mmSec", 100, 1.0, 1.3), ("Time", 20, 2.0, 2.4), ("mSec", 1500, 1.5, 1.9), ("InchMin", 2362, 1.0, 1.3)], 1
        ):
            goal = shifted(position, Y=100.0) if sequence % 2 else position
            began = loop.time()
            raw.send(linear(sequence, goal, SpeedType=kind, Speed=speed))
            await raw.done(sequence)
            assert least <= loop.time() - began <= most, kind

    in_cell_time(test)


def test_signals_and_registers():
    async def test(rig, raw):
        await begun(raw)
        raw.send({"Instruction": "FRC_WaitDIN", "SequenceID": 1, "PortNumber": 4, "PortValue": "ON"})
        await asyncio.sleep(1.0)
        assert not [packet for packet in raw.came if "SequenceID" in packet]
        rig.virtual.set_digital_input(4, True)
        await raw.done(1)
        assert (await raw.command("FRC_ReadDIN", PortNumber=4))["PortValue"] == 1
        await raw.command("FRC_WriteDOUT", PortNumber=9, PortValue="ON")
        assert rig.virtual.digital_output(9)
        assert (await raw.command("FRC_ReadIOPort", PortType="DO", PortNumber=9))["PortValue"] == 1
        await raw.command("FRC_WriteIOPort", PortType="AO", PortNumber=2, PortValue=3.5)
        assert (await raw.command("FRC_ReadIOPort", PortType="AO", PortNumber=2))["PortValue"] == 3.5
        await raw.command("FRC_WriteRegister", RegisterNumber=5, RegisterValue=7.75, DataType="float")
        read = await raw.command("FRC_ReadRegister", RegisterNumber=5)
        assert (read["DataType"], read["RegisterValue"]) == ("float", 7.75)
        await raw.command("FRC_WriteRegister", RegisterNumber=6, RegisterValue=3, DataType="integer")
        assert (await raw.command("FRC_ReadRegister", RegisterNumber=6))["DataType"] == "integer"

    in_cell_time(test)


def test_payloads_reach_the_kernel():
    async def test(rig, raw):
        await raw.command("FRC_SetPayloadValue", ScheduleNumber=2, Mass=1.5, CG_X=0.0, CG_Y=1.0, CG_Z=5.0)
        assert rig.kernel.payload.mass == 0.0
        await raw.command("FRC_SetPayloadID", ScheduleNumber=2)
        assert rig.kernel.payload.mass == 1.5
        assert rig.kernel.payload.centre_of_gravity == pytest.approx([0.0, 0.01, 0.05])

    in_cell_time(test)


def test_extended_status_tells_what_moves():
    async def test(rig, raw):
        there, _ = await begun(raw)
        standing = await raw.command("FRC_GetExtStatus")
        assert (standing["InMotion"], standing["ControlMode"], standing["DrivesPowered"]) == (0, "AUTO", 1)
        raw.send(joint(1, shifted(there, J1=40.0)))
        await asyncio.sleep(0.3)
        assert (await raw.command("FRC_GetExtStatus"))["InMotion"] == 1
        assert (await raw.command("FRC_ReadTCPSpeed"))["Speed"] > 10.0

    in_cell_time(test)
