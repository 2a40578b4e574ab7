"""CRI messages against those in the tests and the client of the vendor's CRI-Python-Lib (commit 8ab5469, MIT)."""

from __future__ import annotations

import contextlib
import math

import pytest
from cellkit_igus.protocol.angles import Angles, pose_from_wire, pose_to_wire
from cellkit_igus.protocol.commands import CriRefused, MoveCart, MoveJoint, parse_move, signal
from cellkit_igus.protocol.errors import AxisError, fault_of, summary
from cellkit_igus.protocol.frames import LARGEST, Counter, Frame, FrameReader, encode
from cellkit_igus.protocol.status import Status, parse_status
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics

# test_cri_parser.py, test_parse_state: over several lines, with an unknown segment.
STATUS = b"""
CRISTART 1234 STATUS MODE joint
POSJOINTSETPOINT 1.00 2.00 3.00 4.00 5.00 6.00 7.00 8.00 9.00 10.00 11.00 12.00 13.00 14.00 15.00 16.00
POSJOINTCURRENT 1.00 2.00 3.00 4.00 5.00 6.00 7.00 8.00 9.00 10.00 11.00 12.00 13.00 14.00 15.00 16.00
POSCARTROBOT 10.0 20.0 30.0 0.00 90.00 0.00
POSCARTPLATFORM 10.0 20.0 180.00
OVERRIDE 80.0
DIN 0000000000000FF00 DOUT 0000000000000FF00
ESTOP 3 SUPPLY 23000 CURRENTALL 2600
CURRENTJOINTS 10 20 30 40 50 60 70 80 90 100 110 120 130 140 150 160
ERROR no_error 255 255 255 255 255 255 255 255 255 255 255 255 255 255 255 255
KINSTATE 30
OPMODE -1
CARTSPEED 123.4
GSIG 00ff00ff00ff
FRAMEROBOT MyFrame 1.0 2.0 3.0 4.0 5.0 6.0
UNKNOWNSEGMENT 1 2 3 4
CRIEND
    """
OTHERS = (
    b"CRISTART 1234 RUNSTATE MAIN testmotion.xml pickpart.xml 12 3 0 2 CRIEND",
    b"CRISTART 4 CMD Active true CRIEND",
    b'CRISTART 2 MESSAGE Configuration: "igus REBEL-6DOF" Type: "igus-REBEL/REBEL-6DOF-02" Gripper: "Multigrip" CRIEND',
    b"CRISTART 1234 CMDACK 123 CRIEND",
    b"CRISTART 1234 CMDERROR 123 There was an exception CRIEND",
    b"CRISTART 1234 EXECEND 0 0 CRIEND",
    b"CRISTART 67 EXECERROR 0 0 PGLinear exception: 'Out of reach' CRIEND",
)


def test_the_status_of_the_vendors_tests() -> None:
    (frame,) = FrameReader().feed(STATUS)
    status = parse_status(frame)
    assert frame.counter == 1234
    assert status.mode == "joint"
    assert status.current == tuple(float(n) for n in range(1, 17))
    assert status.cart == (10.0, 20.0, 30.0, 0.0, 90.0, 0.0)
    assert (status.override, status.estop, status.supply, status.current_all) == (80.0, 3, 23000, 2600)
    assert (status.din, status.dout, status.gsig) == (0xFF00, 0xFF00, 0x00FF00FF00FF)
    assert status.errors == (AxisError(255),) * 16
    assert (status.kinstate, status.opmode, status.cartspeed, status.frame) == (30, -1, 123.4, "MyFrame")


def test_a_platform_that_firmware_spells_with_two_t() -> None:
    (frame,) = FrameReader().feed(STATUS.replace(b"POSCARTPLATFORM", b"POSCARTPLATTFORM"))
    assert parse_status(frame).platform == (10.0, 20.0, 180.0)


def test_other_messages_of_the_vendors_tests() -> None:
    frames = FrameReader().feed(b"\n".join(OTHERS))
    assert [frame.category for frame in frames] == [
        "RUNSTATE", "CMD", "MESSAGE", "CMDACK", "CMDERROR", "EXECEND", "EXECERROR",
    ]  # fmt: skip
    assert frames[4] == Frame(1234, "CMDERROR", ("123", "There", "was", "an", "exception"))


@pytest.mark.parametrize(
    ("text", "command"),
    [  # cri_controller.py: what move_joints and the others of the client send, without and with acceleration
        ("Joint 0.0 -20.0 110.0 0.0 90.0 0.0 0.0 0.0 0.0 50.0", MoveJoint((0, -20, 110, 0, 90, 0), 50)),
        ("Joint 1 2 3 4 5 6 0 0 0 10 60.0", MoveJoint((1, 2, 3, 4, 5, 6), 10, 60)),
        ("RelativeJoint 1 0 0 0 0 0 0 0 0 10", MoveJoint((1, 0, 0, 0, 0, 0), 10, relative=True)),
        ("Cart 217.395 0 350.155 180 0 180 0 0 0 100 #base", MoveCart((217.395, 0, 350.155, 180, 0, 180), 100)),
        ("RelativeBase 0 0 20 0 0 0 0 0 0 50.0 #base 80", MoveCart((0, 0, 20, 0, 0, 0), 50, 80, "RelativeBase")),
        ("RelativeTool 0 0 20 0 0 0 0 0 0 50.0 #base", MoveCart((0, 0, 20, 0, 0, 0), 50, kind="RelativeTool")),
    ],
)
def test_motions_as_the_vendors_client_sends_them(text: str, command: MoveJoint | MoveCart) -> None:
    assert parse_move(tuple(text.split())) == command
    again = command.encode()
    assert parse_move(tuple(again.split()[1:])) == command


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unknown motion"),
        ("Circ 1 2 3", "unknown motion"),
        ("Joint 1 2 3", "expected 10 or 11"),
        ("Joint 0 0 0 0 0 0 0 0 0 101", "outside 1 to 100"),
        ("Joint 0 0 0 0 0 0 0 0 0 0.5", "outside 1 to 100"),
        ("Joint 0 0 0 0 0 0 0 0 0 50 0", "acceleration"),
        ("Joint 0 0 0 0 0 x 0 0 0 50", "no number"),
        ("Joint 0 0 0 0 0 nan 0 0 0 50", "not finite"),
        ("Joint 0 0 0 0 0 0 5 0 0 50", "external"),
        ("Cart 0 0 0 0 0 0 0 0 0 50", "a frame"),
        ("Cart 0 0 0 0 0 0 0 0 0 50 #mine", "unknown frame"),
        ("Cart 0 0 0 0 0 0 0 0 0 0 #base", "above zero"),
    ],
)
def test_motions_that_there_are_not(text: str, why: str) -> None:
    with pytest.raises(CriRefused, match=why):
        parse_move(tuple(text.split()))


def test_signals() -> None:
    assert signal(("63", "True"), 64) == (63, True)
    for words in (("64", "true"), ("1", "on"), ("-1", "true"), ("1",)):
        with pytest.raises(CriRefused):
            signal(words, 64)


# --- frames ---


@pytest.mark.parametrize(
    "raw",
    [
        b"HELLO",
        b"CRISTART x STATUS CRIEND",
        b"CRISTART 10000 STATUS CRIEND",
        b"CRISTART 1 CRIEND",
        b"CRISTART 1 CMD CRISTART 2 CMD CRIEND",
        b"CRISTART 1 LOGMSG \xff CRIEND",
        b"CRISTART 1 LOGMSG " + b"a " * LARGEST,
        bytes(range(256)) * 8,
    ],
)
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        FrameReader().feed(raw)


def test_no_text_breaks_out_of_its_frame() -> None:
    for text in ("CMD CRIEND", "a\nb", "grün", "CRISTART"):
        with pytest.raises(ProtocolError):
            encode(1, text)


def test_counters_wrap_to_one() -> None:
    counter = Counter()
    numbers = [counter.next() for _ in range(10001)]
    assert (numbers[0], numbers[9998], numbers[9999]) == (1, 9999, 1)


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12).filter(
    lambda word: "CRI" not in word
)
FRAMES = st.builds(Frame, st.integers(0, 9999), WORD, st.lists(WORD, max_size=6).map(tuple))


@given(st.lists(FRAMES, max_size=5), st.data())
def test_frames_survive_any_splitting(frames: list[Frame], data: st.DataObject) -> None:
    raw = b"".join(encode(frame.counter, f"{frame.category} {frame.rest}".strip()) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    reader, found = FrameReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        found += reader.feed(raw[start:end])
    assert found == frames


@given(st.lists(st.binary(max_size=120), max_size=8))
def test_garbage_is_refused_and_never_hoarded(pieces: list[bytes]) -> None:
    reader = FrameReader()
    with contextlib.suppress(ProtocolError):
        for piece in pieces:
            reader.feed(piece)
            assert len(reader._buffer) <= LARGEST


@given(st.text("CRISTAREND 0123\n", max_size=200))
def test_texts_like_frames_are_read_or_refused(text: str) -> None:
    with contextlib.suppress(ProtocolError):
        FrameReader().feed(text.encode())


# --- status ---

ANGLE = st.floats(-360, 360).map(lambda angle: round(angle, 2))
STATUSES = st.builds(
    Status,
    mode=st.sampled_from(("joint", "cartbase", "fsm")),
    setpoint=st.lists(ANGLE, min_size=16, max_size=16).map(tuple),
    current=st.lists(ANGLE, min_size=16, max_size=16).map(tuple),
    cart=st.lists(ANGLE, min_size=6, max_size=6).map(tuple),
    override=st.integers(0, 100).map(float),
    estop=st.integers(0, 3),
    errors=st.lists(st.integers(0, 255).map(AxisError), min_size=16, max_size=16).map(tuple),
    kinstate=st.sampled_from((-1, 0, 13, 99)),
    opmode=st.integers(-1, 2),
    din=st.integers(0, 2**64 - 1),
    gsig=st.integers(0, 2**128 - 1),
)


@given(STATUSES)
def test_a_status_survives_the_wire(status: Status) -> None:
    (frame,) = FrameReader().feed(encode(1, status.encode()))
    found = parse_status(frame)
    assert found.current == pytest.approx(status.current, abs=1e-9)
    assert (found.errors, found.din, found.gsig, found.estop) == (status.errors, status.din, status.gsig, status.estop)
    assert (found.kinstate, found.opmode, found.override) == (status.kinstate, status.opmode, status.override)


@given(st.lists(st.sampled_from(STATUS.decode().split()[3:-1]), max_size=60))
def test_a_status_of_any_words_is_read_or_refused(words: list[str]) -> None:
    with contextlib.suppress(ProtocolError):
        parse_status(Frame(1, "STATUS", tuple(words)))


@pytest.mark.parametrize("field", [b"KINSTATE 30", b"OVERRIDE 80.0", b"OPMODE -1", b"ESTOP 3"])
def test_a_status_without_what_a_driver_needs_is_refused(field: bytes) -> None:
    (frame,) = FrameReader().feed(STATUS.replace(field, b""))
    with pytest.raises(ProtocolError, match="without"):
        parse_status(frame)


def test_faults_are_told_from_stops() -> None:
    assert fault_of((AxisError.NONE,) * 6, 0) is None
    assert fault_of((AxisError.DISABLED | AxisError.ESTOP,) * 6, 99) is None
    lag = (AxisError.NONE, AxisError.LAG | AxisError.DISABLED)
    assert fault_of(lag, 0) == ("LAG", "axis A2: position lag")
    assert fault_of((), 13) == ("KIN13", "joint at its lower limit")
    assert (summary(()), summary(lag), summary((AxisError.DISABLED,))) == ("NoError", "LAG", "DISABLED")


# --- conventions ---


def test_the_recorded_position_of_a_rebel() -> None:
    """test_parse_variables: axes 0 -20 110 0 90 0 deg stand for X 217.395 Z 350.155 and A 180 B 0 C 180.

    The orientation fits; the position is 10 mm off, as the reach of this description is short (see the model).
    """
    joints = Angles("rebel", 6).from_wire((0, -20, 110, 0, 90, 0))
    x, y, z, *angles = pose_to_wire(ArmKinematics(load_arm("rebel")).forward(joints))
    assert (x, y, z) == pytest.approx((217.395, 0.0, 350.155), abs=11.0)
    assert pose_from_wire(0, 0, 0, *angles) == pytest.approx(pose_from_wire(0, 0, 0, 180, 0, 180), abs=1e-6)


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_angles_go_there_and_back(joints: list[float]) -> None:
    angles = Angles("rebel", 6)
    assert angles.from_wire(angles.to_wire(joints)) == pytest.approx(joints)
    assert angles.to_wire([0.0] * 6) == [0.0, 30.0, 30.0, 0.0, -7.5, 0.0]


@given(
    st.lists(st.floats(-math.pi, math.pi), min_size=3, max_size=3),
    st.lists(st.floats(-900, 900), min_size=3, max_size=3),
)
def test_poses_go_there_and_back(turn: list[float], at: list[float]) -> None:
    matrix = pose_from_wire(*at, *(math.degrees(angle) for angle in turn))
    assert pose_from_wire(*pose_to_wire(matrix)) == pytest.approx(matrix, abs=1e-6)
