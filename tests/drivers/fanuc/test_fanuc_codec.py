"""Bytes and packets: golden ones that others have written, and properties that hold for all."""

from __future__ import annotations

import contextlib
import itertools
import json

import pytest
from cellkit_fanuc.protocol.catalogue import REQUESTS, verify
from cellkit_fanuc.protocol.codec import END, KINDS, LONGEST, Lines, Packet, decode, encode
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit, explain, name_of
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

# Captured from fanuc-ucl 2.0.2 (a Rust client that others have written) talking to a controller's port.
UCL = [
    b'{"Communication":"FRC_Connect"}\r\n',
    b'{"Command":"FRC_SetUFrameUTool","UFrameNumber":0,"UToolNumber":1}\r\n',
    b'{"Command":"FRC_ReadError","Count":1}\r\n',
    b'{"Command":"FRC_SetOverRide","Value":50}\r\n',
    b'{"Command":"FRC_WriteDOUT","PortNumber":5,"PortValue":"ON"}\r\n',
    b'{"Command":"FRC_WriteDOUT","PortNumber":5,"PortValue":"OFF"}\r\n',
    b'{"Command":"FRC_ReadDIN","PortNumber":5}\r\n',
    b'{"Command":"FRC_WritePositionRegister","RegisterNumber":7,"Configuration":{"UToolNumber":1,"UFrameNumber":0,'
    b'"Front":1,"Up":1,"Left":0,"Flip":0,"Turn4":0,"Turn5":0,"Turn6":0},"Position":{"X":622.7940063476562,'
    b'"Y":43.78200149536133,"Z":229.6699981689453,"W":179.9969940185547,"P":0.012000000104308128,"R":4.0,'
    b'"Ext1":0.0,"Ext2":0.0,"Ext3":0.0}}\r\n',
    b'{"Instruction":"FRC_JointMotionJRep","SequenceID":1,"JointAngle":{"J1":13.92300033569336,'
    b'"J2":9.109999656677246,"J3":-15.413000106811523,"J4":0.0,"J5":-79.5989990234375,"J6":-3.9230003356933594,'
    b'"J7":0.0,"J8":0.0,"J9":0.0},"SpeedType":"mSec","Speed":1000,"TermType":"FINE","TermValue":100}\r\n',
    b'{"Instruction":"FRC_LinearMotion","SequenceID":36,"Configuration":{"UToolNumber":1,"UFrameNumber":0,"Front":1,'
    b'"Up":1,"Left":0,"Flip":0,"Turn4":0,"Turn5":0,"Turn6":0},"Position":{"X":622.7940063476562,'
    b'"Y":43.78200149536133,"Z":229.6699981689453,"W":179.9969940185547,"P":0.012000000104308128,"R":4.0,"Ext1":0.0,'
    b'"Ext2":0.0,"Ext3":0.0},"SpeedType":"mmSec","Speed":20,"TermType":"FINE","TermValue":100}\r\n',
    b'{"Instruction":"FRC_SetPayLoad","SequenceID":11,"ScheduleNumber":1}\r\n',
]
# What airo-ugent/airo-fanuc's client sends to a CRX-10iA/L (commit 539dde52, tests/goldens/rmi/*.json): with spaces.
AIRO = [
    b'{"Command": "FRC_Abort"}\r\n',
    b'{"Instruction": "FRC_Call", "SequenceID": 7, "ProgramName": "STREAM_MOTN"}\r\n',
    b'{"Communication": "FRC_Disconnect"}\r\n',
    b'{"Command": "FRC_ReadError", "Count": 1}\r\n',
    b'{"Command": "FRC_ReadRegister", "RegisterNumber": 1}\r\n',
    b'{"Command": "FRC_WriteRegister", "RegisterNumber": 1, "RegisterValue": 1.5, "DataType": "float"}\r\n',
    b'{"Command": "FRC_WriteRegister", "RegisterNumber": 2, "RegisterValue": 1, "DataType": "integer"}\r\n',
]
# The reply in the unit test of FANUC's own client (FANUC-CORPORATION/fanuc_driver@5898135, rmi/test/rmi_test.cpp).
CONNECTED = b'{"Communication":"FRC_Connect","ErrorID":0,"PortNumber":10,"MajorVersion":3,"MinorVersion":1}\r\n'

NUMBERS = st.integers(-(2**31), 2**31) | st.floats(allow_nan=False, allow_infinity=False, width=32)
PLAIN = NUMBERS | st.text(max_size=8) | st.booleans() | st.none()
VALUES = PLAIN | st.dictionaries(st.text(max_size=4), PLAIN, max_size=3) | st.lists(PLAIN, max_size=3)
KEYS = st.text(min_size=1, max_size=8).filter(lambda key: key not in KINDS)
PACKETS = st.builds(Packet, st.sampled_from(KINDS), st.text(max_size=12), st.dictionaries(KEYS, VALUES, max_size=4))


@pytest.mark.parametrize("line", UCL)
def test_what_fanuc_ucl_sends_is_understood_and_written_alike(line):
    packet = decode(line.removesuffix(END))
    verify(packet)
    assert encode(packet) == line


@pytest.mark.parametrize("line", AIRO)
def test_what_airo_fanuc_sends_is_understood(line):
    packet = decode(line.removesuffix(END))
    verify(packet)
    assert {packet.kind: packet.name, **packet.fields} == json.loads(line)


def test_a_reply_of_fanucs_own_test_is_understood_and_written_alike():
    packet = decode(CONNECTED.removesuffix(END))
    assert packet == Packet(
        "Communication", "FRC_Connect", {"ErrorID": 0, "PortNumber": 10, "MajorVersion": 3, "MinorVersion": 1}
    )
    assert encode(packet) == CONNECTED


def test_error_numbers_are_those_of_fanucs_own_client():
    """rmi.cpp, kErrorCodes."""
    assert (Rmit.INTERNAL, Rmit.WAIT_FOR_INSTRUCTION, Rmit.SEQUENCE_ID) == (2556929, 2556956, 2556957)
    assert (Rmit.HOLD, Rmit.ALREADY_CONNECTED, Rmit.CALL_PROGRAM) == (2556952, 2556954, 2556981)
    assert sorted(Rmit) == list(range(2556929, 2556982))
    assert name_of(2556956) == "RMIT-028"
    assert "RMIT-028" in explain(2556956)
    assert all(name_of(code) in explain(code) and "(" in explain(code) for code in (*Rmit, 7015, 7004))


@given(PACKETS)
def test_packets_survive_the_wire(packet):
    (line,) = Lines().feed(encode(packet))
    assert decode(line) == packet


@given(st.lists(PACKETS, max_size=3), st.lists(st.integers(1, 60), min_size=1, max_size=10))
def test_lines_may_be_split_and_merged_anywhere(packets, cuts):
    stream = b"".join(map(encode, packets))
    lines, found = Lines(), []
    for cut in itertools.cycle(cuts):
        found += lines.feed(stream[:cut])
        stream = stream[cut:]
        if not stream:
            break
    assert [decode(line) for line in found] == packets


@given(PACKETS)
def test_what_is_cut_off_is_no_line(packet):
    line = encode(packet)
    for cut in range(len(line)):
        assert Lines().feed(line[:cut]) == []


@given(st.binary(max_size=200))
def test_garbage_is_a_packet_or_a_protocol_error(garbage):
    lines = Lines()
    for line in lines.feed(garbage + END):
        with contextlib.suppress(ProtocolError):
            assert decode(line).kind in KINDS


def refusal(packet: Packet) -> int:
    try:
        verify(packet)
    except RmiRefused as error:
        return error.code
    return 0


@given(PACKETS)
def test_any_packet_is_verified_or_refused_with_a_number(packet):
    assert refusal(packet) in {0, *Rmit}


@given(st.sampled_from(sorted(REQUESTS)), st.dictionaries(KEYS, VALUES, max_size=5), st.data())
def test_any_fields_of_a_known_packet_are_verified_or_refused(name, fields, data):
    wanted = data.draw(st.dictionaries(st.sampled_from(sorted(REQUESTS[name].fields) or ["x"]), VALUES, max_size=6))
    assert refusal(Packet(REQUESTS[name].kind, name, {**fields, **wanted})) in {0, *Rmit}


def test_memory_is_bounded():
    lines = Lines()
    for _ in range(LONGEST // 100):
        assert lines.feed(b"x" * 100) == []
    with pytest.raises(ProtocolError, match="more than"):
        lines.feed(b"x" * 100)
    with pytest.raises(ProtocolError):
        Lines().feed(b"x" * (LONGEST + 1) + END)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"7",
        b"{}",
        b'{"Command":7}',
        b'{"Command":"FRC_Reset","Instruction":"FRC_WaitTime"}',
        b'{"Command":"FRC_Reset","Command":"FRC_Abort"}',
        b'{"Command":"FRC_SetOverRide","Value":NaN}',
        b'{"Command":"FRC_SetOverRide","Value":Infinity}',
        b'{"Command":"FRC_Reset"',
        b'{"Command":"FRC_Res\xe9t"}',
        b"[" * 4000,
    ],
)
def test_what_is_no_packet(line):
    with pytest.raises(ProtocolError) as caught:
        decode(line)
    assert caught.value.data == line
