"""Bytes from elsewhere, and what holds for any bytes: split anywhere, merged, cut off, made of garbage."""

from __future__ import annotations

import contextlib
import itertools
import math
from typing import Any

import pytest
from cellkit_weiss.protocol import binary, gcl, status
from cellkit_weiss.protocol import gcl_requests as requests
from cellkit_weiss.protocol.binary import Answer, Id
from cellkit_weiss.protocol.frames import LONGEST, Frame, FrameReader, checksum, encode_frame
from cellkit_weiss.protocol.status import Status, WsgRefused, grasping_of, text_of
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

# ipa: ipa320/ipa325_wsg50 (commit 64c4e98), its checksum computed for these payloads.
# aau: written out in AAU-RoboticsAutomationGroup/5GRobot_WSG50_ROS2, scripts/wsg50.py (commit 0d0b9af).
# umi: recorded from the encoder of real-stanford/universal_manipulation_interface (commit d095ba9).
# nalt: recorded from nalt/wsg50-ros-pkg (commit bca5f46) while it drove the virtual gripper.
COMMANDS = [
    ("ipa", binary.Home(), "aa aa aa 20 01 00 00 8f 83"),
    ("ipa", binary.Acknowledge(), "aa aa aa 24 03 00 61 63 6b dc b9"),
    ("ipa", binary.Ask(Id.SYSTEM_STATE), "aa aa aa 40 03 00 00 00 00 f5 70"),
    ("aau", binary.Plain(Id.DISCONNECT), "aa aa aa 07 00 00 35 4c"),
    ("umi", binary.Home(True), "aa aa aa 20 01 00 01 ae 93"),
    ("umi", binary.Home(False), "aa aa aa 20 01 00 02 cd a3"),
    ("umi", binary.Preposition(0.05, 0.1), "aa aa aa 21 09 00 00 00 00 48 42 00 00 c8 42 47 4c"),
    ("umi", binary.Plain(Id.STOP), "aa aa aa 22 00 00 0e 76"),
    ("nalt", binary.Preposition(0.06, 0.3), "aa aa aa 21 09 00 00 00 00 70 42 00 00 96 43 4b 9f"),
    (
        "nalt",
        binary.Preposition(0.1, 0.3, stop_on_block=True),
        "aa aa aa 21 09 00 02 00 00 c8 42 00 00 96 43 c9 70",
    ),
    ("nalt", binary.Put(Id.SET_ACCELERATION, (2.0,)), "aa aa aa 30 04 00 00 00 fa 44 ad 28"),
    ("nalt", binary.Put(Id.SET_FORCE_LIMIT, (15.0,)), "aa aa aa 32 04 00 00 00 f0 41 15 9d"),
    ("nalt", binary.Plain(Id.TARE), "aa aa aa 38 00 00 ea cf"),
    ("nalt", binary.Plain(Id.GET_FORCE_LIMIT), "aa aa aa 33 00 00 2c 70"),
    ("nalt", binary.Plain(Id.GET_ACCELERATION), "aa aa aa 31 00 00 68 a5"),
    ("nalt", binary.Ask(Id.WIDTH), "aa aa aa 43 03 00 00 00 00 b8 10"),
    ("nalt", binary.Ask(Id.SPEED), "aa aa aa 44 03 00 00 00 00 3c d1"),
    ("nalt", binary.Ask(Id.FORCE), "aa aa aa 45 03 00 00 00 00 17 e3"),
    ("nalt", binary.Ask(Id.GRASPING_STATE), "aa aa aa 41 03 00 00 00 00 de 42"),
    ("nalt", binary.Ask(Id.WIDTH, True, False, 0.02), "aa aa aa 43 03 00 01 14 00 36 8d"),
    ("nalt", binary.Grasp(0.04, 0.2), "aa aa aa 25 08 00 00 00 20 42 00 00 48 43 a2 4c"),
    ("nalt", binary.Release(0.09, 0.2), "aa aa aa 26 08 00 00 00 b4 42 00 00 48 43 ea b7"),
]


@pytest.mark.parametrize(("source", "command", "wire"), COMMANDS)
def test_commands_are_the_bytes_of_others(source: str, command: binary.Command, wire: str) -> None:
    assert encode_frame(binary.encode_command(command)) == bytes.fromhex(wire)
    (frame,) = FrameReader().feed(bytes.fromhex(wire))
    assert frame.sound
    assert same(binary.decode_command(frame), command)


def test_a_checksum_over_itself_is_zero_as_two_clients_expect() -> None:
    # umi and nalt go on from the checksum of the preamble, 0x50f5.
    assert checksum(b"\xaa\xaa\xaa") == 0x50F5
    for _, command, _ in COMMANDS:
        assert checksum(encode_frame(binary.encode_command(command))) == 0


REQUESTS = [
    # real-stanford/minWSG, wsg.py (commit 09b5634)
    ("FSACK()", requests.Plain("FSACK")),
    ("VERBOSE=1", requests.Setting("VERBOSE", 1.0)),
    ("HOME()", requests.Home()),
    ("MOVE(110)", requests.Move(0.11)),
    ("GRIP(40)", requests.Grip(20.0)),
    ("RELEASE(10)", requests.Release(0.01)),
    ("BYE()", requests.Plain("BYE")),
    # witalij-s/weiss_wsg50, gcl_tcp_driver.py (commit f1c34db)
    ("GRIP(30.0,40.5,50.0)", requests.Grip(15.0, 0.0405, 0.05)),
    ("RELEASE(-3.5,50)", requests.Release(-0.0035, 0.05)),
    ("MOVE(60.0,100.0)", requests.Move(0.06, 0.1)),
    ('AUTOSEND("GRIPSTATE",50)', requests.AutoSend("GRIPSTATE", 0.05)),
    ("FASTSTOP()", requests.Plain("FASTSTOP")),
    ("STOP()", requests.Plain("STOP")),
    # the vendor's GCL Reference Manual, chapter 2
    ("HOME( 1 )", requests.Home(True)),
    ("GRIP()", requests.Grip()),
    ("GRIP( 20, 40, 100 )", requests.Grip(10.0, 0.04, 0.1)),
    ("RELEASE()", requests.Release()),
    ("PWT=5.0", requests.Setting("PWT", 0.005)),
    ("CLT?", requests.Query("CLT")),
    ("GRIPSTATE?", requests.Query("GRIPSTATE")),
]


@pytest.mark.parametrize(("line", "request_"), REQUESTS)
def test_requests_of_others_are_understood(line: str, request_: requests.Request) -> None:
    assert same(requests.decode_request(line.encode()), request_)


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (requests.Move(0.11, 0.42), b"MOVE(110,420)\n"),
        (requests.Move(0.0333333, 0.1), b"MOVE(33.333,100)\n"),
        (requests.Grip(12.25, 0.04, 0.42), b"GRIP(24.5,40,420)\n"),
        (requests.Grip(5.0), b"GRIP(10)\n"),
        (requests.Release(0.0, 0.42), b"RELEASE(0,420)\n"),
        (requests.Release(-1e-9), b"RELEASE(0)\n"),
        (requests.AutoSend("POS", 0.02, False), b'AUTOSEND("POS",20,false)\n'),
        (requests.Query("SYSFLAGS", 12), b"SYSFLAGS[12]?\n"),
        (requests.Home(False), b"HOME(0)\n"),
    ],
)
def test_requests_of_ours(request_: requests.Request, line: bytes) -> None:
    assert requests.encode_request(request_) == line


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        # the vendor's GCL Reference Manual, chapter 2
        (b"ACK HOME", gcl.Acknowledged("HOME")),
        (b"FIN RELEASE", gcl.Finished("RELEASE")),
        (b"POS=20.0", gcl.Value("POS", "20.0")),
        (b"GRIPSTATE=4", gcl.Value("GRIPSTATE", "4")),
        (b"VERBOSE=0", gcl.Value("VERBOSE", "0")),
        # what clients of others look for: the third word is a number, values that come by themselves have an @
        (b"ERR GRIP 18", gcl.Failed("GRIP", 18)),
        (b"ERR GRIP 18 E_CMD_FAILED", gcl.Failed("GRIP", 18, "E_CMD_FAILED")),
        (b"@FORCE=23.0", gcl.Value("FORCE", "23.0", spontaneous=True)),
        (b"SYSFLAGS[12]=0", gcl.Value("SYSFLAGS", "0", 12)),
    ],
)
def test_answers_of_a_gripper(line: bytes, answer: gcl.Answer) -> None:
    assert gcl.decode_answer(line) == answer
    assert gcl.encode_answer(answer) == line + b"\n"


def test_values_come_in_si() -> None:
    assert gcl.Value("POS", "20.0").number() == pytest.approx(0.02)
    assert gcl.Value("SPEED", "142.0").number() == pytest.approx(0.142)
    assert gcl.Value("FORCE", "23.0").number() == pytest.approx(11.5), "per pad: the vendor's is of both jaws"
    assert gcl.wire_text("FORCE", 11.5) == "23.0"
    for text in ("wide", "nan", "inf", ""):
        with pytest.raises(ProtocolError):
            gcl.Value("POS", text).number()
    assert Answer(Id.FORCE, 0, binary.encode_number(Id.FORCE, 11.5)).number() == pytest.approx(11.5)
    assert binary.encode_number(Id.FORCE, 11.5) == bytes.fromhex("0000b841"), "23.0"


def test_every_status_has_a_text_and_unknown_ones_are_said_to_be() -> None:
    assert set(status.TEXTS) == set(Status)
    assert text_of(29) == "the axis is blocked"
    assert "no table" in text_of(99)


@pytest.mark.parametrize(
    "line", [b"", b"ACK", b"ACK home", b"FIN MOVE 1", b"ERR MOVE", b"ERR MOVE x", b"hello", b"POS 3", b"\xff\xfe"]
)
def test_lines_that_are_no_answer(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        gcl.decode_answer(line)


def test_answers_that_are_too_short_or_damaged() -> None:
    with pytest.raises(ProtocolError, match="status"):
        binary.decode_answer(Frame(0x43, b"\0"))
    with pytest.raises(ProtocolError, match="checksum"):
        binary.decode_answer(Frame(0x43, b"\0\0\0\0\0\0", sound=False))
    with pytest.raises(ProtocolError, match="number"):
        Answer(Id.WIDTH, 0, b"\0\0").number()
    with pytest.raises(ProtocolError, match="number"):
        Answer(Id.WIDTH, 0, bytes.fromhex("0000c07f")).number()
    with pytest.raises(ProtocolError, match="state"):
        Answer(Id.GRASPING_STATE, 0, b"\0\0").integer()
    with pytest.raises(ProtocolError, match="state 8"):
        grasping_of(8, b"\x08")


# --- any bytes --------------------------------------------------------------------------------------------------


def same(one: Any, other: Any) -> bool:
    """Equal, but for what floats lose on the wire."""
    if type(one) is not type(other):
        return False
    pairs = [(getattr(one, name), getattr(other, name)) for name in one.__slots__]
    return all(a == b or (isinstance(a, float | tuple) and a == pytest.approx(b, rel=1e-6, abs=1e-9)) for a, b in pairs)


lengths = st.integers(0, 210_000).map(lambda micrometres: micrometres * 1e-6)
speeds = st.integers(1, 1000).map(lambda value: value * 1e-3)
forces = st.integers(0, 400).map(lambda value: value * 0.1)
optional = st.none()
texts = st.one_of(
    st.builds(requests.Home, st.one_of(st.none(), st.booleans())),
    st.builds(requests.Move, lengths, st.one_of(optional, speeds)),
    st.one_of(
        st.just(requests.Grip()),
        st.builds(requests.Grip, forces),
        st.builds(requests.Grip, forces, lengths),
        st.builds(requests.Grip, forces, lengths, speeds),
    ),
    st.one_of(st.just(requests.Release()), st.builds(requests.Release, lengths, st.one_of(optional, speeds))),
    st.builds(requests.Plain, st.sampled_from(requests.PLAIN)),
    st.builds(
        requests.AutoSend,
        st.sampled_from(requests.AUTOMATIC),
        st.integers(0, 60_000).map(lambda milliseconds: milliseconds / 1000.0),
        st.one_of(st.none(), st.booleans()),
    ),
    st.builds(requests.Setting, st.sampled_from(["PWT", "CLT"]), lengths),
    st.builds(requests.Query, st.sampled_from(requests.QUERIES)),
    st.builds(requests.Query, st.just("SYSFLAGS"), st.integers(0, 31)),
)
commands = st.one_of(
    st.builds(binary.Loop, st.binary(max_size=40)),
    st.builds(binary.Plain, st.sampled_from(sorted(binary.PLAIN))),
    st.builds(binary.Home, st.one_of(st.none(), st.booleans())),
    st.builds(binary.Preposition, lengths, speeds, st.booleans(), st.booleans()),
    st.just(binary.Acknowledge()),
    st.builds(binary.Grasp, lengths, speeds),
    st.builds(binary.Release, lengths, speeds),
    st.builds(lambda force: binary.Put(Id.SET_FORCE_LIMIT, (force,)), forces),
    st.builds(lambda one, two: binary.Put(Id.SET_SOFT_LIMITS, (one, two)), lengths, lengths),
    st.builds(
        binary.Ask,
        st.sampled_from(sorted(binary.ASKED)),
        st.booleans(),
        st.booleans(),
        st.integers(0, 65_535).map(lambda milliseconds: milliseconds / 1000.0),
    ),
)


@given(texts)
def test_requests_come_back(request_: requests.Request) -> None:
    line = requests.encode_request(request_)
    assert line.endswith(b"\n")
    assert same(requests.decode_request(line), request_)


@given(commands)
def test_commands_come_back(command: binary.Command) -> None:
    (frame,) = FrameReader().feed(encode_frame(binary.encode_command(command)))
    assert same(binary.decode_command(frame), command)


@given(st.lists(commands, max_size=6), st.lists(st.integers(0, 300), max_size=8))
def test_frames_split_anywhere_and_merged(sent: list[binary.Command], cuts: list[int]) -> None:
    data = b"".join(encode_frame(binary.encode_command(command)) for command in sent)
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    reader = FrameReader()
    frames = [frame for low, high in itertools.pairwise(edges) for frame in reader.feed(data[low:high])]
    assert all(frame.sound for frame in frames)
    assert len(frames) == len(sent)
    assert all(same(binary.decode_command(frame), command) for frame, command in zip(frames, sent, strict=True))


@given(st.lists(texts, max_size=6), st.lists(st.integers(0, 300), max_size=8))
def test_lines_split_anywhere_and_merged(sent: list[requests.Request], cuts: list[int]) -> None:
    data = b"".join(map(requests.encode_request, sent))
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    reader = gcl.LineReader()
    lines = [line for low, high in itertools.pairwise(edges) for line in reader.feed(data[low:high])]
    assert all(same(requests.decode_request(line), one) for line, one in zip(lines, sent, strict=True))


@given(commands, st.data())
def test_a_frame_that_is_cut_off_is_none_yet(command: binary.Command, data: st.DataObject) -> None:
    whole = encode_frame(binary.encode_command(command))
    cut = data.draw(st.integers(0, len(whole) - 1))
    reader = FrameReader()
    assert list(reader.feed(whole[:cut])) == []
    assert len(list(reader.feed(whole[cut:]))) == 1


@pytest.mark.parametrize("wire", [wire for _, _, wire in COMMANDS])
def test_no_frame_with_one_bit_turned_is_taken_for_sound(wire: str) -> None:
    # Of these frames; the checksum's odd form lets some damage pass that an ordinary one would find.
    for bit in range(8 * len(bytes.fromhex(wire))):
        whole = bytearray(bytes.fromhex(wire))
        whole[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(ProtocolError):
            assert not any(frame.sound for frame in FrameReader().feed(bytes(whole)))


@given(st.lists(st.binary(max_size=400), max_size=10), st.booleans())
def test_garbage_is_an_error_or_skipped_and_never_piles_up(chunks: list[bytes], strict: bool) -> None:
    reader = FrameReader(strict)
    for chunk in chunks:
        try:
            for frame in reader.feed(chunk):
                with contextlib.suppress(WsgRefused):
                    binary.decode_command(frame)
                with contextlib.suppress(ProtocolError):
                    binary.decode_answer(frame)
        except ProtocolError:
            return
        assert len(reader._rest) <= LONGEST + 8 + 400


@given(st.binary(max_size=2000))
def test_garbage_in_lines_is_an_error_or_refused(data: bytes) -> None:
    reader = gcl.LineReader()
    try:
        for line in reader.feed(data):
            with contextlib.suppress(ProtocolError):
                gcl.decode_answer(line)
            with contextlib.suppress(WsgRefused):
                requests.decode_request(line)
    except ProtocolError:
        assert b"\n" not in data[-gcl.LONGEST :]
        return
    assert len(reader._rest) <= gcl.LONGEST


def test_what_is_too_long_is_given_up() -> None:
    with pytest.raises(ProtocolError, match="line of more"):
        list(gcl.LineReader().feed(b"A" * (gcl.LONGEST + 1)))
    with pytest.raises(ProtocolError, match="payload of 1025"):
        list(FrameReader().feed(b"\xaa\xaa\xaa\x06\x01\x04"))
    with pytest.raises(ProtocolError):
        gcl.decode_answer(b"POS=" + b"1" * gcl.LONGEST)
    with pytest.raises(ProtocolError, match="preamble"):
        list(FrameReader().feed(b"\xaa\xab"))
    assert math.isfinite(gcl.Value("POS", "1e300").number())
