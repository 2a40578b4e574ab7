"""Bytes from elsewhere, and properties of the two codecs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from cellkit_robotiq.protocol import registers, urcap
from cellkit_robotiq.protocol.gripper import Activation, Command, Detection, Status
from hypothesis import given
from hypothesis import strategies as st
from robotiq_bench import Bench, with_bench

from cellkit.errors import ProtocolError
from cellkit.transport import RecordingNetwork

# The frames of the worked example in the 2F instruction manual (control by Modbus RTU), as public drivers quote them.
CLEAR, CLEARED = "09 10 03 e8 00 03 06 00 00 00 00 00 00 73 30", "09 10 03 e8 00 03 01 30"
ACTIVATE = "09 10 03 e8 00 03 06 01 00 00 00 00 00 72 e1"
READ_ONE, ACTIVATING, ACTIVE = "09 03 07 d0 00 01 85 cf", "09 03 02 11 00 55 d5", "09 03 02 31 00 4c 15"
CLOSE, OPEN = "09 10 03 e8 00 03 06 09 00 00 ff ff ff 42 29", "09 10 03 e8 00 03 06 09 00 00 00 ff ff 72 19"
READ_ALL = "09 03 07 d0 00 03 04 0e"
CLOSING, ON_PART = "09 03 06 39 00 00 ff 0e 0a f7 8b", "09 03 06 b9 00 00 ff bd 00 1d 7c"
OPENING, OPENED = "09 03 06 39 00 00 00 bb 10 30 e0", "09 03 06 f9 00 00 00 0d 00 56 4c"


def body(frame: str) -> list[int]:
    """The registers in a frame of the example: written ones, or those of an answer."""
    data = bytes.fromhex(frame)[:-2]
    start = 7 if data[1] == 0x10 else 3
    return [int.from_bytes(data[at : at + 2], "big") for at in range(start, len(data), 2)]


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        (CLEAR, Command(activate=False)),
        (ACTIVATE, Command()),
        (CLOSE, Command(go=True, position=255, speed=255, force=255)),
        (OPEN, Command(go=True, position=0, speed=255, force=255)),
    ],
)
def test_commands_of_the_manual(frame: str, command: Command) -> None:
    assert registers.encode_command(command) == body(frame)
    assert registers.decode_command(body(frame)) == command


A = Activation.ACTIVE


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (CLOSING, Status(True, True, A, Detection.MOVING, 0, 255, 0x0E, 10)),
        (ON_PART, Status(True, True, A, Detection.STOPPED_CLOSING, 0, 255, 0xBD, 0)),
        (OPENING, Status(True, True, A, Detection.MOVING, 0, 0, 0xBB, 16)),
        (OPENED, Status(True, True, A, Detection.AT_POSITION, 0, 0, 0x0D, 0)),
    ],
)
def test_answers_of_the_manual(frame: str, status: Status) -> None:
    assert registers.decode_status(body(frame)) == status
    assert registers.encode_status(status) == body(frame)


def test_the_example_of_the_manual_with_the_virtual_gripper() -> None:
    async def test(bench: Bench) -> None:
        async def said(frame: str) -> str:
            answer = await bench.ask(bytes.fromhex(frame))
            assert answer is not None
            return answer.hex(" ")

        assert await said(CLEAR) == CLEARED
        assert await said(ACTIVATE) == CLEARED  # an acknowledgement does not show what was written
        assert await said(READ_ONE) == ACTIVATING
        await asyncio.sleep(4.0)
        assert await said(READ_ONE) == ACTIVE
        assert await said(CLOSE) == CLEARED
        await asyncio.sleep(0.1)
        moving = await said(READ_ALL)
        assert moving.startswith(CLOSING[: len("09 03 06 39 00 00 ff")])
        await asyncio.sleep(2.0)
        assert (await said(READ_ALL)).startswith("09 03 06 f9 00 00 ff e6 00")

    with_bench("modbus-rtu", test)


def test_our_driver_sends_the_frames_of_the_manual() -> None:
    sent: list[str] = []

    async def test(bench: Bench) -> None:
        gripper: Any = bench.gripper
        gripper.network = RecordingNetwork(
            gripper.network, lambda one: sent.append(one.data.hex(" ")) if one.direction == "sent" else None
        )
        await gripper.connect()
        await gripper.move(0.0, speed=0.15, force=235.0)
        await gripper.move(0.085, speed=0.15, force=235.0)

    with_bench("modbus-rtu", test)
    commands = [frame for frame in sent if frame.startswith("09 10")]
    assert commands[:4] == [CLEAR, ACTIVATE, CLOSE, OPEN]  # and a stop when it is closed
    assert {frame for frame in sent if frame not in commands} == {READ_ALL}


# What two clients send, recorded: ur-rtde 1.6.5 (the lines with several variables) and pyrobotiqur 0.2.2.
LINES = [
    (b"GET STA\n", urcap.Get("STA")),
    (b"SET ACT 1\n", urcap.Set((("ACT", 1),))),
    (b"SET POS 0 SPE 64 FOR 1 GTO 1\n", urcap.Set((("POS", 0), ("SPE", 64), ("FOR", 1), ("GTO", 1)))),
    (b"SET POS 255 SPE 255 FOR 128 GTO 1\n", urcap.Set((("POS", 255), ("SPE", 255), ("FOR", 128), ("GTO", 1)))),
]


@pytest.mark.parametrize(("line", "request_"), LINES)
def test_lines_of_other_clients(line: bytes, request_: urcap.Get | urcap.Set) -> None:
    assert urcap.decode_request(line) == request_
    if isinstance(request_, urcap.Get):
        assert urcap.encode_get(request_.variable) == line
    else:
        assert urcap.encode_set(dict(request_.values)) == line


def test_an_acknowledgement_is_three_bytes_because_clients_compare_with_these() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.ask(b"SET SPE 64\n") == b"ack"
        assert await bench.ask(b"GET SPE\n") == b"SPE 64\n"

    with_bench("urcap", test)


# --- properties -----------------------------------------------------------------------------------------------------

byte = st.integers(0, 255)
commands = st.builds(Command, st.booleans(), st.booleans(), st.booleans(), st.booleans(), byte, byte, byte)
statuses = st.builds(
    Status, st.booleans(), st.booleans(), st.sampled_from(Activation), st.sampled_from(Detection), st.integers(0, 15),
    byte, byte, byte,
)  # fmt: skip
answers = st.lists(
    st.one_of(
        st.just(b"ack"),
        st.builds(urcap.encode_answer, st.sampled_from(urcap.STATUS_VARIABLES), st.one_of(st.none(), byte)),
    ),
    max_size=20,
)


@given(commands)
def test_commands_go_through_registers_and_lines(command: Command) -> None:
    assert registers.decode_command(registers.encode_command(command)) == command
    values = urcap.command_values(command)
    assert urcap.decode_request(urcap.encode_set(values)) == urcap.Set(tuple(values.items()))
    assert list(values)[-1] == "GTO"


@given(statuses)
def test_statuses_go_through_registers(status: Status) -> None:
    assert registers.decode_status(registers.encode_status(status)) == status


@given(st.lists(st.integers(0, 0xFFFF), max_size=5))
def test_any_registers_are_a_status_or_an_error(values: list[int]) -> None:
    if len(values) == registers.COUNT:
        registers.decode_status(values)
    else:
        with pytest.raises(ProtocolError):
            registers.decode_status(values)


@given(answers, st.data())
def test_answers_come_whole_however_they_are_cut(sent: list[bytes], data: st.DataObject) -> None:
    stream, reader, found = b"".join(sent), urcap.AnswerReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == [one.strip() for one in sent]
    assert not reader.whole


@given(st.binary(max_size=2000), st.lists(st.integers(1, 100), max_size=30))
def test_garbage_is_lines_or_an_error_and_never_grows(garbage: bytes, cuts: list[int]) -> None:
    for reader in (urcap.LineReader(), urcap.AnswerReader()):
        rest = garbage
        try:
            for size in [*cuts, len(garbage)]:
                for line in reader.feed(rest[:size]):
                    with contextlib.suppress(ProtocolError):
                        urcap.decode_request(line)
                rest = rest[size:]
        except ProtocolError:
            continue
        assert len(reader._rest) <= urcap.LONGEST


@given(st.binary(max_size=40))
def test_any_line_is_an_answer_or_an_error(line: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert urcap.decode_answer(line, "POS") >= 0


@pytest.mark.parametrize("line", [b"POS ?", b"POS", b"POS 1 2", b"OBJ 3", b"POS -1", b"ack", b""])
def test_answers_that_are_none(line: bytes) -> None:
    with pytest.raises(ProtocolError, match="no value of POS"):
        urcap.decode_answer(line, "POS")


def test_an_answer_without_the_end_of_its_line_is_whole_until_more_comes() -> None:
    reader = urcap.AnswerReader()
    assert not list(reader.feed(b"POS 12"))
    assert reader.whole
    assert list(reader.feed(b"3\n")) == [b"POS 123"]
    assert not list(reader.feed(b"POS"))
    assert not reader.whole
    assert not list(reader.feed(b" 7"))
    assert reader.take() == b"POS 7"
