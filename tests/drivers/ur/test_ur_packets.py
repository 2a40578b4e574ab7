"""Packets of ports 30001 to 30003: a capture from the vendor's simulator, and properties that hold for any bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cellkit_ur.protocol import realtime
from cellkit_ur.protocol.base_frame import from_vendor, matrix, six, to_vendor
from cellkit_ur.protocol.state_packets import (
    LAYOUTS,
    ROBOT_MESSAGE,
    ROBOT_STATE,
    ErrorMessage,
    PacketReader,
    Part,
    RuntimeExceptionMessage,
    TextMessage,
    VersionMessage,
    decode_message,
    decode_state,
    encode_message,
    encode_state,
)
from cellkit_ur.protocol.states import RobotMode, SafetyMode, safety_bits
from cellkit_ur.virtual_state_packets import _dh
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics

GOLDEN = Path(__file__).parent / "golden" / "ursim_5_8_ur5e_robot_state.hex"
# UniversalRobots/Universal_Robots_Client_Library, commit c5d1e26, tests/test_primary_parser.cpp.
VERSION_MESSAGE = bytes.fromhex(
    "00000037140000000000000000fe03095552436f6e74726f6c0518000000000000000030342d31302d323032352c2030303a32353a3333"
)

angles = st.floats(-3.0, 3.0)
poses = st.builds(
    lambda x, y, z, *rpy: Pose.from_rpy((x, y, z), rpy), *[st.floats(-2, 2)] * 3, angles, st.floats(-1.5, 1.5), angles
)
messages = st.one_of(
    st.builds(TextMessage, st.text(max_size=80).map(lambda text: text.replace("\0", ""))),
    st.builds(ErrorMessage, st.integers(0, 400), st.integers(0, 400), st.integers(0, 7), st.just("a text")),
    st.builds(RuntimeExceptionMessage, st.integers(0, 9999), st.integers(0, 200), st.just("no solution")),
    st.builds(VersionMessage, st.integers(0, 9), st.integers(0, 30), st.integers(0, 9), st.just(0), st.just("a date")),
)


@pytest.fixture(scope="module")
def parts() -> dict[int, bytes]:
    lines = [line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
    [(kind, body)] = PacketReader().feed(bytes.fromhex("".join(lines)))
    assert kind == ROBOT_STATE
    return decode_state(body)


def test_the_capture_has_all_parts(parts: dict[int, bytes]) -> None:
    assert set(Part) <= set(parts)
    for part in Part:
        assert len(parts[part]) == LAYOUTS[part].size, part.name


def test_the_captures_parts_are_made_again_to_the_byte(parts: dict[int, bytes]) -> None:
    again = encode_state([(part, LAYOUTS[part].unpack(parts[part])) for part in Part])
    [(_, body)] = PacketReader().feed(again)
    assert decode_state(body) == {int(part): parts[part] for part in Part}


def test_what_the_capture_says(parts: dict[int, bytes]) -> None:
    mode = LAYOUTS[Part.ROBOT_MODE].unpack(parts[Part.ROBOT_MODE])
    assert mode[1:8] == (True, True, True, False, False, False, False)
    assert mode[8] == RobotMode.RUNNING
    assert mode[10:12] == (0.97, 0.0)
    board = LAYOUTS[Part.MASTERBOARD].unpack(parts[Part.MASTERBOARD])
    assert board[14] == SafetyMode.NORMAL
    defaults = LAYOUTS[Part.CONFIGURATION].unpack(parts[Part.CONFIGURATION])[24:28]
    assert defaults == pytest.approx((np.radians(60), np.radians(80), 0.25, 1.2), abs=1e-3)


def test_the_captures_pose_is_where_the_model_has_it(parts: dict[int, bytes]) -> None:
    """Compare joints and TCP of one packet: the vendor's base frame and order of numbers are those of the driver."""
    joints = LAYOUTS[Part.JOINTS].unpack(parts[Part.JOINTS])[::8]
    pose = LAYOUTS[Part.CARTESIAN].unpack(parts[Part.CARTESIAN])[:6]
    here = ArmKinematics(load_arm("ur5e")).forward(joints)
    assert to_vendor(here) == pytest.approx(pose, abs=2e-5)
    assert np.abs(from_vendor(pose) - here).max() < 2e-5


def test_the_captures_dh_table_is_the_models(parts: dict[int, bytes]) -> None:
    kinematics = LAYOUTS[Part.KINEMATICS].unpack(parts[Part.KINEMATICS])
    assert _dh(load_arm("ur5e")) == pytest.approx(kinematics[12:24], abs=2e-6)


# The vendor's article on DH parameters, as reproduced by third parties.
DH = {
    "ur3e": ((-0.24355, -0.2132), (0.15185, 0.13105, 0.08535, 0.0921)),
    "ur5e": ((-0.425, -0.3922), (0.1625, 0.1333, 0.0997, 0.0996)),
    "ur10e": ((-0.6127, -0.57155), (0.1807, 0.17415, 0.11985, 0.11655)),
    "ur20": ((-0.862, -0.7287), (0.2363, 0.201, 0.1593, 0.1543)),
}


@pytest.mark.parametrize("model", DH)
def test_the_dh_table_of_each_model(model: str) -> None:
    (a2, a3), (d1, d4, d5, d6) = DH[model]
    assert _dh(load_arm(model)) == pytest.approx((0, a2, a3, 0, 0, 0, d1, 0, 0, d4, d5, d6))


def test_a_controllers_version_message() -> None:
    [(kind, body)] = PacketReader().feed(VERSION_MESSAGE)
    assert kind == ROBOT_MESSAGE
    message = decode_message(body)
    assert message == VersionMessage(5, 24, 0, 0, "04-10-2025, 00:25:33")
    assert encode_message(message, 0) == VERSION_MESSAGE


@given(messages, st.integers(0, 2**40), st.integers(1, 30))
def test_messages_survive_the_wire_in_pieces(message: object, stamp: int, size: int) -> None:
    data, reader, found = encode_message(message, stamp), PacketReader(), []  # type: ignore[arg-type]
    for start in range(0, len(data), size):
        found += reader.feed(data[start : start + size])
    assert [decode_message(body) for _, body in found] == [message]


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_garbage_is_an_error_or_nothing(chunks: list[bytes]) -> None:
    reader = PacketReader()
    try:
        for chunk in chunks:
            for _, body in reader.feed(chunk):
                decode_message(body)
            assert len(reader._buffer) <= 65536 + 300
    except ProtocolError:
        pass


@pytest.mark.parametrize("cut", [3, 12, 20])
def test_a_message_that_is_cut_off(cut: int) -> None:
    body = encode_message(ErrorMessage(153, 0, 3, "off the path"), 0)[5 : 5 + cut]
    with pytest.raises(ProtocolError):
        decode_message(body)


def test_the_real_time_packet() -> None:
    # "Realtime Client Interface", RealTime 5.10: 1220 bytes; columns 32-37 q actual, 95 robot mode, 139 safety status.
    packet = realtime.encode(
        {"q_actual": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "robot_mode": (7.0,), "safety_status": (3.0,)}
    )
    assert len(packet) == realtime.SIZE == 1220
    assert packet[:4] == (1220).to_bytes(4, "big")
    columns = np.frombuffer(packet, ">f8", offset=4)
    assert columns[31:37].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert (columns[94], columns[138]) == (7.0, 3.0)
    assert realtime.decode(packet)["robot_mode"] == (7.0,)
    with pytest.raises(ProtocolError):
        realtime.decode(packet[:-1])


@given(poses)
def test_poses_survive_both_ways(pose: Pose) -> None:
    assert np.abs(from_vendor(to_vendor(pose.matrix)) - pose.matrix).max() < 1e-7
    assert np.abs(matrix(six(pose.matrix)) - pose.matrix).max() < 1e-7


def test_safety_bits() -> None:
    assert safety_bits(SafetyMode.NORMAL) == 1
    assert safety_bits(SafetyMode.PROTECTIVE_STOP) & 1 << 2
    assert safety_bits(SafetyMode.ROBOT_EMERGENCY_STOP) & (1 << 6 | 1 << 7) == 1 << 6 | 1 << 7
    assert safety_bits(SafetyMode.FAULT) & 1 << 9
