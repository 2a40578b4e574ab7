"""The codec against bytes that others have made, and against anything that may come over a wire."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from cellkit_franka.protocol import gripper, robot
from cellkit_franka.protocol.errors import COUNT, ERRORS, flags, names
from cellkit_franka.protocol.framing import LARGEST, Frame, Framing, gripper_framing, robot_framing
from cellkit_franka.protocol.robot import Command, Controller, Generator, Move, Plain, Setting
from cellkit_franka.protocol.state import (
    COMMAND_SIZE,
    NUMBERS,
    STATE_SIZE,
    Report,
    RobotCommand,
    RobotState,
    encode_joint_command,
)
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return found


SENT = golden("pylibfranka")
PACKED = golden("franky_sim")


def decoded(framing: Framing, data: bytes) -> Frame:
    (frame,) = framing.feed(data)
    return frame


# --- bytes from elsewhere ----------------------------------------------------------------------


def test_requests_of_the_vendors_client_are_understood_and_encoded_alike() -> None:
    requests = []
    for text in SENT["requests"]:
        data = bytes.fromhex(text)
        frame = decoded(robot_framing(), data)
        request = robot.decode_request(frame)
        again = robot_framing().encode(robot.encode_request(request, frame.command_id))
        assert again == data
        requests.append(request)
    assert isinstance(requests[0], robot.Connect)
    assert requests[0].version == 10
    assert requests[1] == Plain(Command.GET_ROBOT_MODEL)
    # What was asked of the client: see the numbers.
    thresholds = requests[2]
    assert isinstance(thresholds, Setting)
    assert thresholds.numbers[:7] == tuple(20.0 + i for i in range(7))
    assert thresholds.numbers[46:] == tuple(50.0 + i for i in range(6))
    assert requests[3] == Setting(Command.SET_JOINT_IMPEDANCE, (3001.0, 3002.0, 3003.0, 2504.0, 2505.0, 2006.0, 2007.0))
    assert requests[5].numbers[12:] == (0.01, 0.02, 0.1, 1.0)  # type: ignore[union-attr]
    assert requests[7].numbers[:4] == (0.5, 0.01, 0.02, 0.03)  # type: ignore[union-attr]
    moves = [one for one in requests if isinstance(one, Move)]
    assert [(one.controller, one.generator) for one in moves] == [
        (Controller.JOINT_IMPEDANCE, Generator.JOINT_POSITION),
        (Controller.EXTERNAL, Generator.NONE),
        (Controller.CARTESIAN_IMPEDANCE, Generator.CARTESIAN_POSITION),
    ]
    assert not moves[0].asynchronous
    assert requests[-2:] == [Plain(Command.STOP_MOVE), Plain(Command.AUTOMATIC_ERROR_RECOVERY)]


def test_commands_of_the_vendors_client_are_understood_and_encoded_alike() -> None:
    commands = [RobotCommand.decode(bytes.fromhex(text)) for text in SENT["commands"]]
    assert [one.encode().hex() for one in commands] == SENT["commands"]
    first, last = commands[0], commands[1]
    assert first.q == pytest.approx((0.0, -0.197, 0.0, -2.596, 0.0, 2.399, 0.0), abs=1e-6)
    assert not first.motion_finished
    assert last.motion_finished
    assert encode_joint_command(first.message_id, first.q, False).hex() == SENT["commands"][0]
    assert encode_joint_command(last.message_id, last.q, True).hex() == SENT["commands"][1]
    assert commands[2].torques == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    assert commands[3].torques_finished


def test_gripper_requests_of_the_vendors_client_are_understood_and_encoded_alike() -> None:
    requests = []
    for text in SENT["gripper"]:
        data = bytes.fromhex(text)
        frame = decoded(gripper_framing(), data)
        request = gripper.decode_request(frame)
        assert gripper_framing().encode(gripper.encode_request(request, frame.command_id)) == data
        requests.append(request)
    assert requests[1:] == [
        gripper.Homing(),
        gripper.MoveTo(0.03, 0.1),
        gripper.Grasp(width=0.02, inner=0.005, outer=0.006, speed=0.1, force=40.0),
        gripper.Stop(),
    ]


def test_a_state_packed_elsewhere_is_understood_field_by_field() -> None:
    data = bytes.fromhex(PACKED["robot_state"])
    assert len(data) == STATE_SIZE
    state = RobotState.decode(data)
    assert state.message_id == 0x1122334455
    for place, (name, count) in enumerate(NUMBERS.items()):
        expected = (place + 0.5,) if count == 1 else tuple(place + (k + 1) / 32 for k in range(count))
        assert state.numbers[name] == expected, name
    assert (state.generator, state.controller, state.mode) == (1, 1, 4)
    assert names(state.errors) == ("joint_reflex", "communication_constraints_violation")
    assert names(state.reflex_reason) == ("joint_motion_generator_velocity_discontinuity",)
    assert state.success_rate == 0.75
    assert state.encode() == data
    report = Report(data)
    assert tuple(report.joints) == (*state.numbers["q"], *state.numbers["q_d"], *state.numbers["dq"])
    assert (report.message_id, report.mode, report.generator) == (0x1122334455, 4, 1)
    assert (report.errors, report.reflex_reason) == (state.errors, state.reflex_reason)
    assert not report.clean


def test_a_gripper_state_packed_elsewhere_is_understood() -> None:
    data = bytes.fromhex(PACKED["gripper_state"])
    state = gripper.GripperState.decode(data)
    assert state == gripper.GripperState(77, 0.0312, 0.0805, True, 29)
    assert state.encode() == data


# --- properties ----------------------------------------------------------------------

frames = st.builds(Frame, st.integers(0, 11), st.integers(0, 2**32 - 1), st.binary(max_size=200))
number = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(st.lists(frames, max_size=6), st.lists(st.integers(1, 50), min_size=1, max_size=40), st.booleans())
def test_frames_survive_any_cutting_of_the_stream(sent: list[Frame], cuts: list[int], hand: bool) -> None:
    make = gripper_framing if hand else robot_framing
    data = b"".join(make().encode(frame) for frame in sent)
    framing, found, at, turn = make(), [], 0, 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        found += framing.feed(data[at : at + step])
        at, turn = at + step, turn + 1
    assert found == sent


@given(st.binary(max_size=400))
def test_garbage_is_a_protocol_error_or_waits_for_more_within_bounds(data: bytes) -> None:
    framing = robot_framing()
    try:
        for frame in framing.feed(data):
            robot.decode_request(frame)
    except ProtocolError:
        return
    assert len(framing._buffer) <= LARGEST


@pytest.mark.parametrize("size", [0, 11, LARGEST + 1, 0xFFFFFFFF])
def test_an_impossible_size_is_refused_at_once(size: int) -> None:
    with pytest.raises(ProtocolError, match="bytes"):
        robot_framing().feed(struct.pack("<III", 1, 1, size))


@given(st.sampled_from(list(Command)), st.binary(max_size=500))
def test_requests_of_the_wrong_size_are_protocol_errors(command: Command, payload: bytes) -> None:
    try:
        robot.decode_request(Frame(command, 0, payload))
    except ProtocolError:
        return
    assert len(payload) in {0, 4, 7, 48, 56, 104, 113, 128, 416}


@given(
    st.integers(0, 2**64 - 1),
    st.lists(number, min_size=14, max_size=14),
    st.lists(number, min_size=7, max_size=7),
    st.booleans(),
    st.booleans(),
)
def test_commands_come_back_as_they_were(
    message_id: int, joints: list[float], torques: list[float], motion: bool, torque: bool
) -> None:
    command = RobotCommand(
        message_id,
        tuple(joints[:7]),
        tuple(joints[7:]),
        motion_finished=motion,
        torques=tuple(torques),
        torques_finished=torque,
    )
    assert RobotCommand.decode(command.encode()) == command
    assert command.finite


@given(st.binary(max_size=2000).filter(lambda data: len(data) not in {STATE_SIZE, COMMAND_SIZE, gripper.STATE_SIZE}))
def test_datagrams_of_another_size_are_protocol_errors(data: bytes) -> None:
    for decode in (Report, RobotState.decode, RobotCommand.decode, gripper.GripperState.decode):
        with pytest.raises(ProtocolError):
            decode(data)


@given(st.binary(min_size=STATE_SIZE, max_size=STATE_SIZE))
def test_any_state_of_the_right_size_can_be_read(data: bytes) -> None:
    report, state = Report(data), RobotState.decode(data)
    assert report.message_id == state.message_id
    assert all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(report.joints[:7], state.numbers["q"], strict=True)
    )


@given(st.sets(st.sampled_from(list(ERRORS))))
def test_error_flags_come_back_as_they_were(raised: set[str]) -> None:
    assert len(ERRORS) == COUNT
    assert set(names(flags(raised))) == raised
