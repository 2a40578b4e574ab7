"""The codec against bytes from elsewhere, and against everything that hypothesis can think of."""

import contextlib
import struct

import pytest
from cellkit_yaskawa.protocol.codes import Command, FileService, Service
from cellkit_yaskawa.protocol.frames import (
    FILE,
    LARGEST_DATA,
    LAST_BLOCK,
    ROBOT,
    Answer,
    FrameError,
    Request,
    decode_answer,
    decode_request,
)
from cellkit_yaskawa.protocol.records import (
    BASE,
    JOINT_MOVE,
    LINEAR_SPEED,
    PULSE,
    ROBOT_FRAME,
    SHARE,
    STRAIGHT_MOVE,
    Alarm,
    CartesianMove,
    JobInfo,
    JobSelection,
    Move,
    Position,
    StatusInfo,
)
from cellkit_yaskawa.protocol.signals import GENERAL_OUTPUT, NETWORK_INPUT, place
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

ON = (1).to_bytes(4, "little")
HEAD = "59455243 2000 {size} 03 {division} {ack} {id} {block} 3939393939393939"

# What two clients that others wrote send, recorded from their sockets: yrcom 0.3.1 (PyPI) and fs100 (hsinkoyu/fs100,
# commit 6173537). Where both can do a thing their bytes are the same but for the request id, which fs100 leaves 0.
YRCOM = {
    "status": (
        Request(Command.STATUS, 1, 0, Service.GET_ALL, b"", 1),
        "5945524320000000030100010000000039393939393939397200010000010000",
    ),
    "straight move": (
        Request(
            Command.MOVE_CARTESIAN,
            STRAIGHT_MOVE,
            1,
            Service.SET_ALL,
            CartesianMove(
                Move(LINEAR_SPEED, 1500, (563600, -12345, 87300, 1800000, -4567, 900000), 2), ROBOT_FRAME, 4
            ).encode(),
            2,
        ),
        "5945524320006800030100020000000039393939393939398a00020001020000010000000000000001000000dc05000011000000909908"
        "00c7cfffff0455010040771b0029eeffffa0bb0d000000000000000000040000000000000002000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000",
    ),
    "pulse move": (
        Request(
            Command.MOVE_PULSE,
            JOINT_MOVE,
            1,
            Service.SET_ALL,
            Move(SHARE, 1250, (1000, -2000, 3000, -4000, 5000, -6000), 1).encode(),
            3,
        ),
        "5945524320005800030100030000000039393939393939398b00010001020000010000000000000000000000e2040000e803000030f8ff"
        "ffb80b000060f0ffff8813000090e8ffff0000000000000000010000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000",
    ),
    "hold on": (
        Request(Command.SWITCH, 1, 1, Service.SET_ONE, ON, 4),
        "594552432000040003010004000000003939393939393939830001000110000001000000",
    ),
    "servo off": (
        Request(Command.SWITCH, 2, 1, Service.SET_ONE, (2).to_bytes(4, "little"), 5),
        "594552432000040003010005000000003939393939393939830002000110000002000000",
    ),
    "select job": (
        Request(Command.SELECT_JOB, 1, 0, Service.SET_ALL, JobSelection("CELLKIT0").encode(), 6),
        "594552432000240003010006000000003939393939393939870001000002000043454c4c4b495430000000000000000000000000000000"
        "000000000000000000" + "00000000",
    ),
    "start": (
        Request(Command.START, 1, 1, Service.SET_ONE, ON, 7),
        "594552432000040003010007000000003939393939393939860001000110000001000000",
    ),
    "position": (
        Request(Command.POSITION, 101, 0, Service.GET_ALL, b"", 8),
        "5945524320000000030100080000000039393939393939397500650000010000",
    ),
    "read general outputs": (
        Request(Command.IO, place(GENERAL_OUTPUT, 1)[0], 1, Service.GET_ONE, b"", 1),
        "5945524320000000030100010000000039393939393939397800e903010e0000",
    ),
    "read network inputs": (
        Request(Command.IO, place(NETWORK_INPUT, 8)[0], 1, Service.GET_ONE, b"", 2),
        "59455243200000000301000200000000393939393939393978008d0a010e0000",
    ),
    "write network inputs": (
        Request(Command.PLURAL_IO, place(NETWORK_INPUT, 1)[0], 0, Service.WRITE_PLURAL, b"\2\0\0\0\5\6", 5),
        "59455243200006000301000500000000393939393939393900038d0a00340000020000000506",
    ),
    "write a P variable": (
        Request(Command.P, 7, 0, Service.SET_ALL, Position(PULSE, (1, -2, 3, -4, 5, -6, 0, 0), tool=1).encode(), 9),
        "5945524320003400030100090000000039393939393939397f0007000002000000000000000000000100000000000000000000000100"
        "0000feffffff03000000fcffffff05000000faffffff0000000000000000",
    ),
    "write three D variables": (
        Request(Command.PLURAL_D, 10, 0, Service.WRITE_PLURAL, struct.pack("<I3i", 3, 1, -2, 3), 10),
        "59455243200010000301000a00000000393939393939393904030a00003400000300000001000000feffffff03000000",
    ),
    "load a file": (
        Request(0, 0, 0, FileService.LOAD, b"CELLKIT0.JBI", 3, FILE),
        "5945524320000c0003020003000000003939393939393939000000000015000043454c4c4b4954302e4a4249",
    ),
    "last block of a file": (
        Request(0, 0, 0, FileService.LOAD, b"END\r\n", 3, FILE, LAST_BLOCK | 2, 1),
        "59455243200005000302010302000080393939393939393900000000001500" + "00" + "454e440d0a",
    ),
    "acknowledge a block": (
        Request(0, 0, 0, FileService.SAVE, b"", 4, FILE, 1, 1),
        "5945524320000000030201040100000039393939393939390000000000160000",
    ),
}
FS100 = {
    "reset an alarm": (
        Request(Command.RESET, 1, 1, Service.SET_ONE, ON),
        "594552432000040003010000000000003939393939393939820001000110000001000000",
    ),
    "run jobs once": (
        Request(Command.CYCLE, 2, 1, Service.SET_ONE, (2).to_bytes(4, "little")),
        "594552432000040003010000000000003939393939393939840002000110000002000000",
    ),
    "pulse move": (
        Request(
            Command.MOVE_PULSE,
            JOINT_MOVE,
            1,
            Service.SET_ALL,
            Move(SHARE, 1250, (1000, -2000, 3000, -4000, 5000, -6000), 1).encode(),
        ),
        YRCOM["pulse move"][1].replace("0301000300000000", "0301000000000000", 1),
    ),
}
RECORDED = [(f"yrcom: {name}", *pair) for name, pair in YRCOM.items()] + [
    (f"fs100: {name}", *pair) for name, pair in FS100.items()
]


@pytest.mark.parametrize(("request_", "data"), [pair[1:] for pair in RECORDED], ids=[pair[0] for pair in RECORDED])
def test_requests_are_what_other_clients_send(request_: Request, data: str) -> None:
    assert request_.encode().hex() == data
    assert decode_request(bytes.fromhex(data), request_.division) == request_


def test_the_manuals_example_of_reading_the_status() -> None:
    """DX100 manual 162529-1CD, section 3.2.1: the fields of request and answer, in their order."""
    asked = HEAD.format(size="0000", division="01", ack="00", id="00", block="00000000") + "7200 0100 00 01 0000"
    assert Request(Command.STATUS, 1, 0, Service.GET_ALL).encode() == bytes.fromhex(asked)
    answered = HEAD.format(size="0800", division="01", ack="01", id="00", block="00000080") + "81 00 00 00 0000 0000"
    data = bytes.fromhex("c4000000 40000000")
    assert Answer(Service.GET_ALL, data=data).encode() == bytes.fromhex(answered) + data
    status = StatusInfo.decode(data)
    assert status == StatusInfo(continuous=True, play=True, remote=True, servo_on=True)


def test_a_refusal_has_its_code_where_the_manual_has_it() -> None:
    """Sub-header of answers: service, status, size of the added status, padding, added status."""
    refused = Answer(Service.SET_ALL, 0x1F, 0x2070).encode()
    assert refused[24:32] == bytes([0x82, 0x1F, 1, 0, 0x70, 0x20, 0, 0])
    assert decode_answer(refused).added == 0x2070
    assert decode_answer(Answer(1, 0x1F, 0x0001_2070).encode()).added == 0x0001_2070


INT32 = st.integers(-(2**31), 2**31 - 1)
WORD = st.integers(0, 2**31 - 1)
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=16)


@given(
    st.builds(
        Request,
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFF),
        st.integers(0, 0xFF),
        st.binary(max_size=LARGEST_DATA),
        st.integers(0, 0xFF),
    )
)
def test_requests_survive_the_wire(request_: Request) -> None:
    assert decode_request(request_.encode()) == request_


@given(
    st.builds(
        Answer,
        st.integers(0, 0x7F),
        st.integers(0, 0xFF),
        st.integers(0, 0xFFFF_FFFF),
        st.binary(max_size=LARGEST_DATA),
        st.integers(0, 0xFF),
        st.sampled_from([ROBOT, FILE]),
        st.integers(0, 0xFFFF_FFFF),
        st.just(2),
    )
)
def test_answers_survive_the_wire(answer: Answer) -> None:
    assert decode_answer(answer.encode(), answer.division) == answer


@given(st.binary(max_size=600))
def test_garbage_is_a_protocol_error(data: bytes) -> None:
    for decode in (decode_request, decode_answer):
        with pytest.raises(ProtocolError):
            decode(data)


@given(st.integers(0, 31), st.integers(0, 255))
def test_a_damaged_header_is_refused_or_another_message(place: int, value: int) -> None:
    datagram = bytearray(Request(Command.STATUS, 1, 0, Service.GET_ALL, b"1234").encode())
    datagram[place] = value
    with contextlib.suppress(FrameError):
        decode_request(bytes(datagram))


@given(st.binary(max_size=LARGEST_DATA), st.integers(0, 600))
def test_a_truncated_or_merged_datagram_is_refused(data: bytes, keep: int) -> None:
    whole = Request(Command.STATUS, 1, 0, Service.GET_ALL, data).encode()
    for broken in (whole[:keep], whole + whole):
        if broken != whole:
            with pytest.raises(FrameError):
                decode_request(broken)


def test_more_data_than_a_datagram_holds_is_refused_before_the_wire() -> None:
    with pytest.raises(ValueError, match="479"):
        Request(0x300, 1, 0, Service.WRITE_PLURAL, bytes(LARGEST_DATA + 1)).encode()
    with pytest.raises(ValueError, match="field"):
        Request(0x12345, 1, 0, 1).encode()


@given(st.lists(st.booleans(), min_size=14, max_size=14))
def test_status_bits_survive(bits: list[bool]) -> None:
    assert StatusInfo.decode(StatusInfo(*bits).encode()) == StatusInfo(*bits)


@given(st.builds(Alarm, WORD, WORD, WORD, TEXT, TEXT), st.builds(JobInfo, TEXT, WORD, WORD, WORD))
def test_texts_and_numbers_survive(alarm: Alarm, info: JobInfo) -> None:
    assert Alarm.decode(alarm.encode()) == alarm
    assert JobInfo.decode(info.encode()) == info
    assert len(alarm.encode(sub_code_texts=True)) == 268


@given(st.lists(INT32, min_size=8, max_size=8), WORD, st.lists(INT32, min_size=9, max_size=9))
def test_positions_and_moves_survive(values: list[int], word: int, others: list[int]) -> None:
    position = Position(BASE, tuple(values), word, word, word, word)
    assert Position.decode(position.encode()) == position
    move = Move(word, word, tuple(values), word, word, word, tuple(others))
    assert Move.decode(move.encode()) == move
    assert CartesianMove.decode(CartesianMove(move, word, word, word, word).encode()) == CartesianMove(
        move, word, word, word, word
    )


@given(st.binary(max_size=300))
def test_data_of_the_wrong_size_is_a_protocol_error(data: bytes) -> None:
    for kind, size in ((StatusInfo, 8), (Alarm, 60), (JobInfo, 44), (Position, 52), (Move, 88), (CartesianMove, 104)):
        if len(data) != size:
            with pytest.raises(ProtocolError):
                kind.decode(data)  # type: ignore[attr-defined]
