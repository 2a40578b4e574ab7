"""What the virtual gripper refuses, and how: it is as strict as the real one is, wherever a source says so."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_robotiq.protocol.gripper import Detection
from pymodbus.framer import FramerRTU
from robotiq_bench import Bench, with_bench


def frame(data: str) -> bytes:
    """With its checksum."""
    body = bytes.fromhex(data)
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"GET XYZ\n", b"XYZ ?\n"),
        (b"SET STA 3\n", b"STA ?\n"),  # read only
        (b"SET POS 256\n", b"POS ?\n"),
        (b"SET POS -1\n", b"POS ?\n"),
        (b"SET GTO 2\n", b"GTO ?\n"),
        (b"SET POS\n", b"? ?\n"),
        (b"SET POS x\n", b"? ?\n"),
        (b"SET POS inf\n", b"? ?\n"),
        (b"get POS\n", b"? ?\n"),
        (b"HELLO\n", b"? ?\n"),
        (b"\n", None),
        (b"GET POS", None),  # not ended yet
    ],
)
def test_lines_that_are_refused(line: bytes, answer: bytes | None) -> None:
    async def test(bench: Bench) -> None:
        assert await bench.ask(line) == answer

    with_bench("urcap", test)


def test_several_lines_in_one_packet_are_answered_in_order() -> None:
    async def test(bench: Bench) -> None:
        stream = await bench.send(b"SET SPE 7\nGET SPE\nGET FLT\n")
        await asyncio.sleep(0.01)
        assert await stream.read() == b"ackSPE 7\nFLT 0\n"

    with_bench("urcap", test)


def test_a_line_that_does_not_end_ends_the_connection() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.ask(b"GET " + b"X" * 2000) == b""

    with_bench("urcap", test)


def test_clients_do_not_disturb_one_another() -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        assert await bench.ask(b"GET STA\n") == b"STA 3\n"
        moving = asyncio.ensure_future(bench.gripper.move(0.04))
        await asyncio.sleep(0.1)
        assert await bench.ask(b"GET OBJ\n") == b"OBJ 0\n"
        await moving

    with_bench("urcap", test)


@pytest.mark.parametrize("protocol", ["urcap", "modbus-rtu"])
def test_nothing_moves_before_activation_and_the_fault_says_so(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        hand = bench.hand
        hand.set("POS", 255)
        hand.set("GTO", 1)
        assert hand.status().fault == 7
        await asyncio.sleep(1.0)
        assert hand.status().position == 3
        hand.set("GTO", 0)
        hand.set("ACT", 1)
        await asyncio.sleep(0.1)
        hand.set("GTO", 1)
        assert hand.status().fault == 5  # activation comes first

    with_bench(protocol, test)


@pytest.mark.parametrize("number", [10, 12, 13, 14])
def test_a_fault_that_blocks_needs_act_off_and_on_again(number: int) -> None:
    async def test(bench: Bench) -> None:
        await bench.activate()
        bench.hand.raise_fault(number)
        bench.hand.set("POS", 200)
        bench.hand.set("GTO", 1)
        await asyncio.sleep(1.0)
        assert (bench.hand.status().position, bench.hand.status().fault) == (3, number)
        bench.hand.set("ACT", 0)
        assert bench.hand.status().fault == 0
        bench.hand.set("GTO", 0)
        await bench.activate()
        bench.hand.set("SPE", 255)
        bench.hand.set("GTO", 1)
        await asyncio.sleep(2.0)
        assert bench.hand.status().position == 200

    with_bench("urcap", test)


@pytest.mark.parametrize(("direction", "position"), [(0, 230), (1, 3)])
def test_an_automatic_release_is_slow_and_ends_in_a_fault(direction: int, position: int) -> None:
    async def test(bench: Bench) -> None:
        await bench.activate()
        bench.hand.set("POS", 100)
        bench.hand.set("SPE", 255)
        bench.hand.set("GTO", 1)
        await asyncio.sleep(2.0)
        bench.hand.set("ARD", direction)
        bench.hand.set("ATR", 1)
        assert bench.hand.status().fault == 11
        await asyncio.sleep(0.5)
        assert bench.hand.status().position not in (100, position)
        assert bench.hand.status().detection is Detection.MOVING
        await asyncio.sleep(5.0)
        assert (bench.hand.status().position, bench.hand.status().fault) == (position, 15)

    with_bench("urcap", test)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("09 03 07 d1 00 03", "09 83 02"),  # one register beyond the status
        ("09 03 00 00 00 01", "09 83 02"),
        ("09 03 07 d0 00 00", "09 83 03"),  # none
        ("09 10 03 e9 00 03 06 00 00 00 00 00 00", "09 90 02"),  # one register beyond the command
        ("09 10 07 d0 00 01 02 00 00", "09 90 02"),  # the status cannot be written
        ("09 06 03 e8 01 00", "09 06 03 e8 01 00"),
        ("09 01 00 00 00 01", "09 81 02"),  # there are no coils
        ("09 2b 0e 01 00", "09 ab 01"),
        ("09 04 07 d0 00 01", "09 04 02 00 00"),
        ("08 03 07 d0 00 01", None),  # another unit is meant
    ],
)
def test_requests_that_are_refused(request_: str, answer: str | None) -> None:
    async def test(bench: Bench) -> None:
        assert await bench.ask(frame(request_)) == (None if answer is None else frame(answer))

    with_bench("modbus-rtu", test)


def test_a_wrong_checksum_is_not_answered_and_the_next_frame_is() -> None:
    async def test(bench: Bench) -> None:
        good = frame("09 03 07 d0 00 01")
        assert await bench.ask(good[:-1] + bytes((good[-1] ^ 1,))) is None
        assert await bench.ask(good) == frame("09 03 02 00 00")

    with_bench("modbus-rtu", test)


def test_half_a_frame_is_forgotten_after_a_silence() -> None:
    async def test(bench: Bench) -> None:
        good = frame("09 03 07 d0 00 01")
        assert await bench.ask(good[:5]) is None
        assert await bench.ask(good) == frame("09 03 02 00 00")

    with_bench("modbus-rtu", test)


def test_function_23_writes_first_and_then_reads() -> None:
    async def test(bench: Bench) -> None:
        answer = await bench.ask(frame("09 17 07 d0 00 01 03 e8 00 01 02 01 00"))
        assert answer == frame("09 17 02 11 00")

    with_bench("modbus-rtu", test)
