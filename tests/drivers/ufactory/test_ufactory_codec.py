"""The codec against bytes of the vendor's manuals and SDK; and properties that hold for every input."""

from __future__ import annotations

import math

import pytest
from cellkit_ufactory.protocol.commands import (
    CircleMove,
    HomeMove,
    JointMove,
    LineMove,
    RelativeMove,
    ServoCartesian,
    Sleep,
    Velocity,
    decode_queued,
    floats,
    pack_floats,
)
from cellkit_ufactory.protocol.frames import (
    HEARTBEAT_FRAME,
    LARGEST,
    PROTOCOLS,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    Frame,
    FrameReader,
    Reply,
)
from cellkit_ufactory.protocol.modbus import ModbusError, ModbusRequest
from cellkit_ufactory.protocol.reports import (
    LENGTHS,
    NormalReport,
    RealReport,
    ReportReader,
    RichReport,
    RtReport,
)
from cellkit_ufactory.protocol.units import lead, pose_matrix, pose_values
from cellkit_ufactory.protocol.version import ControllerVersion
from hypothesis import given
from hypothesis import strategies as st
from ufactory_manual import INVERSE, MODBUS, PRIVATE, REDUCED_STATE, raw
from ufactory_sdk import REPORT_30001, REPORT_30002, REPORT_30003, REQUESTS

from cellkit.errors import ProtocolError
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics

POSE = (300.0, -10.5, 200.25, math.pi, 0.0, 0.5)
DOWN = (300.0, 0.0, 200.0, math.pi, 0.0, 0.0)
JOINTS = (0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.0)


def one(data: bytes) -> Frame:
    (frame,) = FrameReader().feed(data)
    return frame


# --- bytes of the manuals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", PRIVATE)
def test_frames_of_the_manual(function: int) -> None:
    for text in PRIVATE[function]:
        frame = one(raw(text))
        assert (frame.transaction, frame.protocol, frame.function) == (1, 2, function)
        assert frame.encode() == raw(text)


def test_motions_of_the_manual() -> None:
    pose = (400.0, 0.0, 200.0, math.pi, 0.0, 0.0)
    line = LineMove(pytest.approx(pose), 100.0, 2000.0)
    assert decode_queued(21, raw(PRIVATE[21][0])[7:]) == line
    assert LineMove(pose, 100.0, 2000.0).encode() == (21, raw(PRIVATE[21][0])[7:])
    assert LineMove(pose, 100.0, 2000.0, 50.0).encode() == (22, raw(PRIVATE[22][0])[7:])
    joint = decode_queued(23, raw(PRIVATE[23][0])[7:])
    assert isinstance(joint, JointMove)
    assert (joint.joints[0], joint.speed, joint.acceleration) == pytest.approx((math.pi / 3, 0.3491, 8.7266), abs=1e-4)
    assert JointMove(joint.joints, joint.speed, joint.acceleration).encode() == (23, raw(PRIVATE[23][0])[7:])
    assert decode_queued(24, raw(PRIVATE[24][0])[7:]).radius == 10.0  # type: ignore[union-attr]
    assert decode_queued(25, raw(PRIVATE[25][0])[7:]) == HomeMove(
        pytest.approx(math.pi), pytest.approx(6.9813, abs=1e-4)
    )
    assert decode_queued(26, raw(PRIVATE[26][0])[7:]) == Sleep(3.0)
    circle = CircleMove(pose, (400.0, 100.0, 200.0, math.pi, 0.0, 0.0), 100.0, 2000.0, 50.0)
    assert circle.encode() == (27, raw(PRIVATE[27][0])[7:])
    assert Velocity.decode(81, raw(PRIVATE[81][0])[7:]).speeds[:2] == pytest.approx((math.pi / 6, -0.1), abs=1e-6)
    assert Velocity.decode(82, raw(PRIVATE[82][0])[7:]).duration == pytest.approx(0.2)


def test_version_of_the_manual() -> None:
    data = Reply.of(one(raw(PRIVATE[1][1]))).data
    version = ControllerVersion.parse(data)
    assert version == ControllerVersion(6, 6, "XI1202", "AC1302", (1, 12, 10))
    assert version.encode() == data
    assert version.keeps_alive
    assert not version.tells_of_ends
    with pytest.raises(ProtocolError):
        ControllerVersion.parse(b"hello")


def test_status_bits_of_the_manual() -> None:
    assert Reply.of(one(raw(PRIVATE[11][1]))).not_ready
    ready = Reply.of(one(raw(PRIVATE[12][1])))
    assert ready.state == 0


def test_kinematics_of_the_manual_are_those_of_the_model() -> None:
    kinematics = ArmKinematics(load_arm("xarm6"))
    joints = floats(raw(PRIVATE[44][0])[7:], 7)[:6]
    found = pose_matrix(pose_values(kinematics.forward(joints)))
    told = pose_matrix(floats(raw(PRIVATE[44][1])[8:], 6))
    assert found == pytest.approx(told, abs=2e-5)
    request, solution = INVERSE
    wanted = pose_matrix(floats(raw(request)[7:], 6))
    assert kinematics.forward(solution) == pytest.approx(wanted, abs=2e-4)


def test_reduced_state_of_the_manual() -> None:
    data = Reply.of(one(raw(REDUCED_STATE))).data
    assert len(data) == 79
    assert floats(data, 2, 13) == pytest.approx((100.0, math.pi))
    assert floats(data, 14, 21)[2:4] == pytest.approx((-2.059, 2.0944), abs=1e-3)


@pytest.mark.parametrize("function", MODBUS)
def test_modbus_requests_and_replies_of_the_manual(function: int) -> None:
    request, reply = (one(raw(text)) for text in MODBUS[function])
    assert (request.protocol, request.function) == (0, 1)
    found = ModbusRequest.decode(request.body)
    assert found.function == function
    assert found.encode() == request.body
    read: list[int] = []
    if function in (1, 2):
        read = [reply.body[2 + at // 8] >> at % 8 & 1 for at in range(16)]
    elif function in (3, 4, 0x17):
        read = [int.from_bytes(reply.body[at : at + 2], "big") for at in range(2, len(reply.body), 2)]
    assert found.reply(read) == reply.body


# --- bytes of the vendor's SDK -------------------------------------------------------------------------------------

SENT = {
    "move_line": LineMove(POSE, 100.0, 2000.0),
    "move_lineb": LineMove(POSE, 100.0, 2000.0, 25.0),
    "move_joint": JointMove(JOINTS, 0.35, 8.7),
    "move_jointb": JointMove(JOINTS, 0.35, 8.7, 10.0),
    "move_circle": CircleMove((300.0, 0.0, 250.0, *DOWN[3:]), (300.0, 50.0, 200.0, *DOWN[3:]), 100.0, 2000.0, 50.0),
}
UNDERSTOOD = {
    "move_line_common": LineMove(POSE, 100.0, 2000.0, 25.0),
    "move_line_aa": LineMove(DOWN, 100.0, 2000.0, axis_angle=True),
    "move_line_tool": LineMove((10.0, 0.0, -5.0, 0.0, 0.0, 0.1), 50.0, 500.0, tool=True),
    "move_gohome": HomeMove(0.35, 8.7),
    "move_relative": RelativeMove((10.0, *(0.0,) * 6), 100.0, 2000.0, -1.0, joint=False, axis_angle=True),
    "move_circle_common": SENT["move_circle"],
    "sleep_instruction": Sleep(1.5),
}
BYTES = {name: raw("0001" + text) for name, text in REQUESTS}


@pytest.mark.parametrize("name", SENT)
def test_what_is_sent_is_what_the_sdk_sends(name: str) -> None:
    function, parameters = SENT[name].encode()
    assert Frame(1, 2, function, parameters).encode() == BYTES[name]


@pytest.mark.parametrize("name", [*SENT, *UNDERSTOOD])
def test_what_the_sdk_sends_is_understood(name: str) -> None:
    frame = one(BYTES[name])
    found = decode_queued(frame.function, frame.body)
    wanted = (SENT | UNDERSTOOD)[name]
    assert type(found) is type(wanted)
    for field in wanted.__slots__:
        value = getattr(wanted, field)
        exact = isinstance(value, bool) or value is None
        assert getattr(found, field) == (value if exact else pytest.approx(value, rel=1e-6, abs=1e-6)), field


def test_set_points_of_the_sdk_are_understood() -> None:
    by_rpy = ServoCartesian.decode(30, one(BYTES["move_servo_cartesian"]).body)
    by_axis = ServoCartesian.decode(93, one(BYTES["move_servo_cart_aa"]).body)
    assert by_rpy == ServoCartesian(pytest.approx(DOWN), tool=False)
    assert by_axis == ServoCartesian(pytest.approx(DOWN), tool=False, relative=True, axis_angle=True)
    assert Velocity.decode(81, one(BYTES["vc_set_jointv"]).body) == Velocity(
        pytest.approx((0.1, 0, 0, 0, 0, 0, -0.2)), True, -1.0
    )
    assert Velocity.decode(82, one(BYTES["vc_set_linev"]).body) == Velocity(
        pytest.approx((30, 0, -20, 0, 0, 0.1)), True, 0.5
    )


def sevens(first: float) -> tuple[float, ...]:
    return tuple(first + at / 4 for at in range(7))


REAL = RealReport(
    6, 1, 517, sevens(0.5), (300.0, -10.5, 200.25, 3.0, -0.25, 0.5), sevens(-3.0),
    (1.0, 2.0, 3.0, 0.5, 0.25, 0.125), (4.0, 5.0, 6.0, 0.75, 0.5, 0.25),
)  # fmt: skip
NORMAL = NormalReport(
    REAL, 0x3F, 0x7F, 19, 11, (0.0, 1.0, 172.0, 0.25, 0.0, 0.5), (0.5, 1.0, 2.0, 48.0), 4, 2, (0.0, 0.5, -1.0)
)


def test_reports_of_the_sdk() -> None:
    assert REAL.encode() == raw(REPORT_30003)
    assert RealReport.decode(raw(REPORT_30003)) == REAL
    assert NORMAL.encode() == raw(REPORT_30001)
    found = NormalReport.decode(raw(REPORT_30001))
    assert (found.real.joints, found.real.state, found.error, found.gravity) == (REAL.joints, 1, 19, (0.0, 0.5, -1.0))
    assert NormalReport.decode(raw(REPORT_30001)[:133]).teach_sensitivity == 2


def test_the_rich_report_of_the_sdk() -> None:
    io = raw("0000 0002 FFFD 0004 F00B 0064 00C8 012C 0FFF") + bytes((0, 1, *bytes(8), 2)) + bytes(21)
    ranges = [edge for at in range(7) for edge in (-1.0 - at / 4, 1.0 + at / 4)]
    reduced = raw("01 0258 FDA8 01F4 FE0C 02BC FFFF") + pack_floats((200.0, 1.0, *ranges)) + bytes((1, 0))
    rich = RichReport(
        NORMAL, 6, 6, "v2.3.0", (1000.0, 1.0, 50000.0, 0.5, 1000.0), (20.0, 0.25, 16.0, 0.125, 3.0), (2.5, 2.75),
        (25, 26, 27, -3, 29, 30, 31), 99.5, sevens(0.125), 70000, (10.0, 20.0, 30.0, 0.5, 0.25, 0.125), (1, 0), True,
        True, 22, (20.0, 30.0, 50.0, 0.0, 0.0, 0.0), tuple(24 + at / 100 for at in range(7)), sevens(1.0), io,
        (3.0, 0.5, -0.5), reduced, 0b01011, 3, True,
    )  # fmt: skip
    assert len(io) == 50
    assert rich.encode() == raw(REPORT_30002)
    for length in LENGTHS[30002]:
        assert rich.encode(length) == length.to_bytes(4, "big") + raw(REPORT_30002)[4:length]


def test_the_rt_report_has_the_size_of_the_sdks_structure() -> None:
    report = RtReport(1_234_567, 1, 2, 3, sevens(0.0), sevens(1.0), POSE)
    assert len(report.encode()) == 804
    assert report.encode()[:15] == raw("00000324 000000000012d687 12 0003")


# --- properties ---------------------------------------------------------------------------------------------------

frames = st.builds(
    Frame, st.integers(0, 0xFFFF), st.sampled_from(sorted(PROTOCOLS)), st.integers(0, 0xFF), st.binary(max_size=80)
)


@given(st.lists(frames, max_size=5), st.data())
def test_frames_survive_any_split(sent: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(frame.encode() for frame in sent)
    reader, found = FrameReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == sent


@given(st.binary(max_size=400))
def test_garbage_is_frames_or_a_protocol_error_and_never_grows(garbage: bytes) -> None:
    reader, told = FrameReader(), b""
    try:
        for at in range(0, len(garbage), 7):
            reader.feed(garbage[at : at + 7])
    except ProtocolError as error:
        told = error.data
    assert len(told) <= 64
    assert len(reader._held) <= LARGEST + 6 + 7


@given(frames, st.data())
def test_a_truncated_frame_is_waited_for(frame: Frame, data: st.DataObject) -> None:
    whole = frame.encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert FrameReader().feed(whole[:cut]) == []


@pytest.mark.parametrize("header", ["0001 0004 0002 0b00", "0001 0002 0000 0b", "0001 0002 ffff 0b"])
def test_wrong_headers_are_protocol_errors(header: str) -> None:
    with pytest.raises(ProtocolError):
        FrameReader().feed(raw(header))


def test_the_heartbeat_is_a_frame_of_its_own_protocol() -> None:
    assert one(HEARTBEAT_FRAME) == Frame(0, 1, 0, b"\0")


@given(st.sampled_from(list(FeedbackKind)), st.sampled_from(list(FeedbackResult)), st.integers(0, 0xFFFF))
def test_feedback_has_kind_and_result_where_the_sdk_looks(
    kind: FeedbackKind, result: FeedbackResult, transaction: int
) -> None:
    data = Feedback(kind, result).frame(transaction).encode()
    assert int.from_bytes(data[:2], "big") == transaction
    assert (data[6], data[8], data[12]) == (0xFF, kind, result)
    assert Feedback.of(one(data)) == Feedback(kind, result)


float32 = st.floats(-1e4, 1e4, width=32)


@given(st.tuples(*[float32] * 6), float32, float32, st.none() | st.floats(0, 100, width=32))
def test_lines_come_back(pose: tuple[float, ...], speed: float, acceleration: float, radius: float | None) -> None:
    line = LineMove(pose, speed, acceleration, radius)
    function, body = line.encode()
    assert decode_queued(function, body) == line


@given(st.sampled_from([21, 22, 23, 24, 25, 26, 27, 28, 83, 92]), st.binary(max_size=70))
def test_any_parameters_are_a_command_or_a_protocol_error(function: int, body: bytes) -> None:
    try:
        decode_queued(function, body)
    except ProtocolError:
        return


@given(st.binary(max_size=260))
def test_any_pdu_is_a_request_or_an_exception(pdu: bytes) -> None:
    try:
        request = ModbusRequest.decode(pdu)
    except ModbusError as error:
        code = error.reply()[1]
    else:
        assert ModbusRequest.decode(request.encode()) == request
        code = 1
    assert code in (1, 2, 3)


@given(st.integers(1, 200), st.integers(1, 20))
def test_reports_survive_any_split(size: int, count: int) -> None:
    stream = REAL.encode(87) * count
    reader = ReportReader(LENGTHS[30003])
    found = [packet for at in range(0, len(stream), size) for packet in reader.feed(stream[at : at + size])]
    assert found == [REAL.encode(87)] * count


@given(st.binary(min_size=4, max_size=400))
def test_garbage_is_reports_or_a_protocol_error(garbage: bytes) -> None:
    try:
        packets = ReportReader(LENGTHS[30003]).feed(garbage)
    except ProtocolError:
        return
    for packet in packets:
        RealReport.decode(packet)


@given(st.tuples(*[st.floats(-2.9, 2.9)] * 3), st.tuples(*[st.floats(-1.5, 1.5)] * 3))
def test_poses_come_back(position: tuple[float, ...], turn: tuple[float, ...]) -> None:
    values = (*(1000 * value for value in position), *turn)
    for axis_angle in (False, True):
        again = pose_values(pose_matrix(values, axis_angle), axis_angle)
        assert pose_matrix(again, axis_angle) == pytest.approx(pose_matrix(values, axis_angle), abs=1e-9)


def test_the_leading_axis_is_the_slowest_at_its_limit() -> None:
    assert lead((0.5, -0.9, 0.1), (1.0, 3.0, 1.0)) == 0
    assert lead((0.5, -1.9, 0.1), (1.0, 3.0, 1.0)) == 1
