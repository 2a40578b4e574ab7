"""RSI datagrams, RSI configurations and KUKAVARPROXY messages against bytes that others have made."""

from __future__ import annotations

import contextlib
import math

import pytest
from cellkit_kuka.config import own_context
from cellkit_kuka.protocol.context import Field, read_context
from cellkit_kuka.protocol.datagrams import LARGEST, rob_codec, sen_codec
from cellkit_kuka.protocol.joints import AxisFields, corrected, pose_to_kuka
from cellkit_kuka.protocol.kvp import READ, WRITE, Reply, ReplyReader, Request, RequestReader
from cellkit_kuka.protocol.signals import bool_text, real_text, variable
from cellkit_kuka.protocol.status import Report, Stop
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import ConfigError, ProtocolError
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics

CONTEXT = own_context(6)
ROB, SEN = rob_codec(CONTEXT.send), sen_codec(CONTEXT.sentype, CONTEXT.receive)
ROB_STRICT = rob_codec(CONTEXT.send)

# RSIPI 0.3.0: FastXMLGenerator and XMLGenerator, given this package's configuration and some values.
RSIPI_SEN = (
    b'<Sen Type="ImFree"><EStr>RSIPI: Client started</EStr><RKorr X="0.000000" Y="0.000000" Z="0.000000" A="0.000000" '
    b'B="0.000000" C="0.000000" /><AKorr A1="1.250000" A2="-2.500000" A3="3.750000" A4="-5.000000" A5="6.250000" '
    b'A6="-7.500000" /><DiO>5</DiO><IPOC>4208163634</IPOC></Sen>'
)
RSIPI_ROB = (
    b'<Rob Type="KUKA"><RIst X="0" Y="0" Z="0" A="0" B="0" C="0" /><AIPos A1="0.000000" A2="10.000000" '
    b'A3="20.000000" A4="30.000000" A5="40.000000" A6="50.000000" /><ASPos A1="0" A2="0" A3="0" A4="0" A5="0" '
    b'A6="0" /><Delay D="0" /><Status Mode="3" Stop="0" Msg="0" Ov="100" Run="1" /><DiL>0</DiL>'
    b"<IPOC>4208163634</IPOC></Rob>"
)
# ros-industrial/kuka_experimental e78bbd1: what rsi_command.h and kuka_rsi_simulator make of such values.
ROS_SEN = (
    b'<Sen Type="ImFree"><AK A1="0.500000" A2="0.000000" A3="-0.250000" A4="0.000000" A5="0.000000" A6="0.000000" />'
    b"<IPOC>17</IPOC></Sen>"
)
ROS_ROB = (
    b'<Rob TYPE="KUKA"><RIst A="0.0" B="0.0" C="0.0" X="0.0" Y="0.0" Z="0.0" /><RSol A="0.0" B="0.0" C="0.0" X="0.0" '
    b'Y="0.0" Z="0.0" /><AIPos A1="0.0" A2="-90.0" A3="90.0" A4="0.0" A5="90.0" A6="0.0" /><ASPos A1="0.0" A2="-90.0" '
    b'A3="90.0" A4="0.0" A5="90.0" A6="0.0" /><Delay D="0" /><IPOC>17</IPOC></Rob>'
)
ROS_CONTEXT = """<ROOT>
  <CONFIG><IP_NUMBER>127.0.0.1</IP_NUMBER><PORT>49152</PORT><SENTYPE>ImFree</SENTYPE><ONLYSEND>FALSE</ONLYSEND></CONFIG>
  <SEND><ELEMENTS>
    <ELEMENT TAG="DEF_RIst" TYPE="DOUBLE" INDX="INTERNAL" /><ELEMENT TAG="DEF_AIPos" TYPE="DOUBLE" INDX="INTERNAL" />
  </ELEMENTS></SEND>
  <RECEIVE><ELEMENTS>
    <ELEMENT TAG="AK.A1" TYPE="DOUBLE" INDX="1" HOLDON="1" /><ELEMENT TAG="AK.A2" TYPE="DOUBLE" INDX="2" HOLDON="1" />
    <ELEMENT TAG="AK.A3" TYPE="DOUBLE" INDX="3" HOLDON="1" /><ELEMENT TAG="AK.A4" TYPE="DOUBLE" INDX="4" HOLDON="1" />
    <ELEMENT TAG="AK.A5" TYPE="DOUBLE" INDX="5" HOLDON="1" /><ELEMENT TAG="AK.A6" TYPE="DOUBLE" INDX="6" HOLDON="0" />
  </ELEMENTS></RECEIVE>
</ROOT>"""


def test_an_answer_of_rsipi() -> None:
    answer = SEN.decode(RSIPI_SEN)
    assert (answer.type, answer.ipoc) == ("ImFree", 4208163634)
    assert [answer.values[f"AKorr.A{n}"] for n in range(1, 7)] == [1.25, -2.5, 3.75, -5.0, 6.25, -7.5]
    assert answer.values["EStr"] == "RSIPI: Client started"
    assert answer.values["DiO"] == 5
    assert SEN.encode(answer.values, answer.ipoc) == RSIPI_SEN


def test_a_robot_datagram_of_rsipi() -> None:
    datagram = ROB.decode(RSIPI_ROB)
    assert AxisFields(6, "IPos").read(datagram.values) == pytest.approx([math.radians(10 * n) for n in range(6)])
    assert Report.read(datagram.values) == Report(3, Stop.NONE, 0, 100, 1)


def test_datagrams_of_ros_industrial() -> None:
    context = read_context(ROS_CONTEXT)
    answer = sen_codec(context.sentype, context.receive).decode(ROS_SEN)
    assert (answer.values["AK.A1"], answer.values["AK.A3"], answer.ipoc) == (0.5, -0.25, 17)
    assert sen_codec(context.sentype, context.receive).encode(answer.values, 17) == ROS_SEN
    datagram = rob_codec(context.send).decode(ROS_ROB)
    assert datagram.values["AIPos.A2"] == -90.0
    assert [field.hold for field in context.receive] == [True] * 5 + [False]


def test_the_own_configurations_are_what_the_driver_needs() -> None:
    assert CONTEXT.sentype == "ImFree"
    assert Field("Delay", "D", "LONG") in CONTEXT.send
    seven = own_context(7)
    assert {"EIPos.E1", "ESPos.E1"} <= {field.name for field in seven.send}
    assert "EKorr.E1" in {field.name for field in seven.receive}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ("<ROOT>", "no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><ROOT>&b;</ROOT>', "no XML that can be used"),
        ("<ROOT><CONFIG><PORT>1</PORT></CONFIG></ROOT>", "IP_NUMBER"),
        (ROS_CONTEXT.replace("49152", "70000"), "no port"),
        (ROS_CONTEXT.replace('INDX="2"', 'INDX="1"'), "no free channel"),
        (ROS_CONTEXT.replace('INDX="2"', 'INDX="65"'), "no free channel"),
        (ROS_CONTEXT.replace("AK.A2", "AK.A1"), "more than once"),
        (ROS_CONTEXT.replace('TAG="AK.A2" TYPE="DOUBLE"', 'TAG="AK.A2" TYPE="REAL"'), "TYPE 'REAL'"),
    ],
)
def test_a_configuration_that_no_controller_could_use_is_refused(wrong: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        read_context(wrong)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<Sen",
        RSIPI_SEN[:-1],
        RSIPI_SEN.replace(b"Sen", b"Rob"),
        RSIPI_SEN.replace(b"<IPOC>4208163634</IPOC>", b""),
        RSIPI_SEN.replace(b"4208163634", b"now"),
        RSIPI_SEN.replace(b"</IPOC>", b"</IPOC><IPOC>1</IPOC>"),
        RSIPI_SEN.replace(b"1.250000", b"nan"),
        RSIPI_SEN.replace(b"1.250000", b"a lot"),
        RSIPI_SEN.replace(b"<DiO>5<", b"<DiO>5.5<"),
        RSIPI_SEN.replace(b"<DiO>", b"<Extra>1</Extra><DiO>"),
        RSIPI_SEN.replace(b'A6="', b'A7="'),
        RSIPI_SEN.replace(b"RSIPI: Client started", b"&amp;"),
        RSIPI_SEN.replace(b"RSIPI: Client started", "§".encode()),
        b"<Sen" + b" " * LARGEST,
        bytes(range(256)),
    ],
)
def test_a_broken_answer_is_refused(broken: bytes) -> None:
    with pytest.raises(ProtocolError):
        SEN.decode(broken)


NUMBER = st.floats(-1e6, 1e6).map(lambda number: round(number, 6))


@given(st.lists(NUMBER, min_size=6, max_size=6), st.integers(0, 2**32))
def test_corrections_survive_the_wire(axes: list[float], ipoc: int) -> None:
    values = {f"AKorr.A{n}": angle for n, angle in enumerate(axes, 1)}
    answer = SEN.decode(SEN.encode(values, ipoc))
    assert [answer.values[name] for name in values] == pytest.approx(axes, abs=1e-6)
    assert answer.ipoc == ipoc


@given(st.binary(max_size=300) | st.text(alphabet='<>/="SenRobIPOC AKorr0123.&!', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for codec in (SEN, ROB):
        with contextlib.suppress(ProtocolError):
            codec.decode(data)


@settings(max_examples=200)
@given(st.data())
def test_a_truncated_or_changed_answer_is_read_or_refused(data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(RSIPI_SEN) - 1))
    with pytest.raises(ProtocolError):
        SEN.decode(RSIPI_SEN[:cut])
    changed = bytearray(RSIPI_SEN)
    changed[cut] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        SEN.decode(bytes(changed))


# --- KUKAVARPROXY: requests as py-openshowvar 1.1.7 packs them -------------------------------------------------------

OPENSHOWVAR_READ = b"\x00M\x00\n\x00\x00\x07$OV_PRO"
OPENSHOWVAR_WRITE = b"\x00M\x00\x0e\x01\x00\x07$OV_PRO\x00\x0250"


def test_requests_of_openshowvar() -> None:
    assert RequestReader().feed(OPENSHOWVAR_READ + OPENSHOWVAR_WRITE) == [
        Request(77, "$OV_PRO"),
        Request(77, "$OV_PRO", "50"),
    ]
    assert Request(77, "$OV_PRO").encode() == OPENSHOWVAR_READ
    assert Request(77, "$OV_PRO", "50").encode() == OPENSHOWVAR_WRITE


def test_signals_as_openshowvar_asks_for_them() -> None:
    for raw, request, signal in (
        (b"\x00M\x00\n\x00\x00\x07$IN[12]", Request(77, "$IN[12]"), ("IN", 12)),
        (b"\x00M\x00\x12\x01\x00\t$OUT[160]\x00\x04TRUE", Request(77, "$OUT[160]", bool_text(True)), ("OUT", 160)),
        (b"\x00M\x00\x16\x01\x00\t$ANOUT[1]\x00\x080.250000", Request(77, "$ANOUT[1]", real_text(0.25)), ("ANOUT", 1)),
    ):
        assert RequestReader().feed(raw) == [request]
        assert request.encode() == raw
        assert variable(request.name) == signal


def test_a_reply_has_the_shape_that_openshowvar_unpacks() -> None:
    """It takes id, length, function, value length, all but the last three bytes as value, and tests the last one."""
    raw = Reply(77, READ, "100", True).encode()
    assert raw == b"\x00M\x00\x09\x00\x00\x03100\x00\x01\x01"
    assert Reply(77, WRITE, "", False).encode().endswith(b"\x00\x00\x00")


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
REQUESTS = st.builds(Request, st.integers(0, 65535), TEXT.filter(bool), st.none() | TEXT)
REPLIES = st.builds(Reply, st.integers(0, 65535), st.sampled_from((READ, WRITE)), TEXT, st.booleans())


@given(st.lists(REQUESTS, max_size=4), st.lists(REPLIES, max_size=4), st.data())
def test_messages_survive_any_splitting(requests: list[Request], replies: list[Reply], data: st.DataObject) -> None:
    raws = [b"".join(one.encode() for one in requests), b"".join(one.encode() for one in replies)]
    readers = (RequestReader(), ReplyReader())
    for reader, raw, wanted in zip(readers, raws, (requests, replies), strict=True):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5)))
        found: list[object] = []
        for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
            found += reader.feed(raw[start:end])
        assert found == wanted


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_garbage_is_refused_and_never_hoarded(pieces: list[bytes]) -> None:
    for reader in (RequestReader(), ReplyReader()):
        try:
            for piece in pieces:
                reader.feed(piece)
        except ProtocolError:
            continue
        assert len(reader._buffer) <= 4096 + 4


@pytest.mark.parametrize("raw", [b"\x00\x01\x00\x00\x00", b"\x00\x01\xff\xff\x00", b"\x00\x01\x00\x05\x02abcd"])
def test_a_length_or_function_that_there_is_not(raw: bytes) -> None:
    for reader in (RequestReader(), ReplyReader()):
        with pytest.raises(ProtocolError):
            reader.feed(raw)


# --- conventions ---------------------------------------------------------------------------------------------------


def test_the_usual_rest_pose_of_the_pendant() -> None:
    """A2 = -90, A3 = +90 deg: upper arm straight up, forearm level (conventions in arms.json, checked there by FK)."""
    model = load_arm("kr6-r900")
    pose = ArmKinematics(model).forward([math.radians(q) for q in (0, -90, 90, 0, 0, 0)])
    x, _, z, a, b, c = pose_to_kuka(pose)
    assert (x, z) == pytest.approx((25 + 420 + 80, 400 + 455 + 35), abs=0.5)
    assert abs(b) == pytest.approx(90.0, abs=0.01), (a, b, c)


def test_a_cartesian_correction_moves_and_turns_along_the_base() -> None:
    base = ArmKinematics(load_arm("kr6-r900")).forward(load_arm("kr6-r900").home)
    moved = corrected(base, (10.0, 0.0, -5.0, 0.0, 0.0, 0.0))
    assert moved[:3, 3] - base[:3, 3] == pytest.approx((0.01, 0.0, -0.005))
    turned = corrected(base, (0.0, 0.0, 0.0, 90.0, 0.0, 0.0))
    assert turned[:3, 0] == pytest.approx((-base[1, 0], base[0, 0], base[2, 0]), abs=1e-9)
    assert turned[:3, 3] == pytest.approx(base[:3, 3])
