"""The virtual readers: what they answer, refuse and ignore, line by line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from cellkit_reader.virtual import READ, VirtualReader

from cellkit.controller.plants.code_reader import BenchCode
from cellkit.timing import now, run
from cellkit.transport import ByteStream, MemoryNetwork

HOST = "127.0.0.2"


class Terminal:
    """A raw connection to a reader."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream

    async def heard(self, seconds: float = 0.1) -> bytes:
        found = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while data := await self.stream.read():
                    found += data
        return found

    async def ask(self, data: bytes, seconds: float = 0.01) -> bytes:
        self.stream.write(data)
        return await self.heard(seconds)


@contextlib.asynccontextmanager
async def reader(dialect: str) -> AsyncIterator[tuple[VirtualReader, BenchCode, Callable[[], Awaitable[Terminal]]]]:
    network, label = MemoryNetwork(), BenchCode()
    virtual = VirtualReader(label, dialect)
    await virtual.start(network, HOST)

    async def connect() -> Terminal:
        return Terminal(await network.connect(HOST, 23))

    try:
        yield virtual, label, connect
    finally:
        await virtual.stop()


def played(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def play() -> None:
        run(test())  # type: ignore[arg-type]

    play.__name__ = test.__name__
    return play


# --- Keyence ------------------------------------------------------------------------------------------------------


@played
async def test_keyence_looks_until_it_is_told_to_stop() -> None:
    async with reader("keyence") as (virtual, label, connect):
        terminal = await connect()
        assert await terminal.ask(b"LON\r", 5.0) == b"", "nothing is read, and the window stays open"
        assert virtual.reading
        assert await terminal.ask(b"LOFF\r") == b"ERROR\r"
        assert await terminal.ask(b"LON\r") == b""
        label.text = "PART-1"
        assert await terminal.heard() == b"PART-1\r"
        assert not virtual.reading


@played
async def test_keyence_needs_time_to_read() -> None:
    async with reader("keyence") as (_, label, connect):
        terminal = await connect()
        label.text = "PART-1"
        since = now()
        terminal.stream.write(b"LON\r")
        assert await terminal.stream.read() == b"PART-1\r"
        assert now() - since == pytest.approx(READ)


@played
async def test_keyence_answers_trigger_commands_only_when_that_is_set() -> None:
    async with reader("keyence") as (virtual, _, connect):
        terminal = await connect()
        assert await terminal.ask(b"LOFF\rLON,99\r") == b""
        virtual.switches()["responses"]("on")
        assert await terminal.ask(b"LON\r") == b"OK,LON\r"
        assert await terminal.ask(b"LON\r") == b"ER,LON,20\r", "it is reading already"
        assert await terminal.ask(b"LOFF\r") == b"ERROR\rOK,LOFF\r"
        assert await terminal.ask(b"LOFF\r") == b"ER,LOFF,20\r"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"LON,17\r", b"ER,LON,02\r"), (b"LON,1\r", b"ER,LON,02\r"), (b"LON,01,02\r", b"ER,LON,01\r"),
        (b"LOFF,1\r", b"ER,LOFF,01\r"), (b"lon\r", b"ER,lon,00\r"), (b"XYZ,1\r", b"ER,XYZ,00\r"),
        (b"NUM\r", b"OK,NUM,0,0,0,0,0\r"), (b"NUM,1\r", b"ER,NUM,01\r"), (b"BCLR\r", b"OK,BCLR\r"),
        (b"ERRSTAT\r", b"OK,ERRSTAT,none\r"), (b"junk\x1bBCLR\r", b"OK,BCLR\r"), (b"BCLR\r\n", b"OK,BCLR\r"),
        (b"\xff\xfe\r", "ER,\ufffd\ufffd,00\r".encode()),
    ],
)  # fmt: skip
def test_keyence_refuses_by_number(command: bytes, answer: bytes) -> None:
    async def refuses() -> None:
        async with reader("keyence") as (virtual, _, connect):
            virtual.switches()["responses"]("on")
            assert await (await connect()).ask(command) == answer

    run(refuses())


@played
async def test_a_command_that_never_ends_costs_the_connection() -> None:
    async with reader("keyence") as (_, _, connect):
        terminal = await connect()
        terminal.stream.write(b"L" * 2000)
        assert await terminal.stream.read() == b""
        assert await (await connect()).ask(b"BCLR\r") == b"OK,BCLR\r", "others are not concerned"


# --- the others ---------------------------------------------------------------------------------------------------


@played
async def test_cognex_gives_up_by_itself_and_ignores_what_it_does_not_know() -> None:
    async with reader("cognex") as (_, label, connect):
        terminal = await connect()
        for ignored in (
            b"TRIGGER ON\r\n",
            b"||>TRIGGER\r\n",
            b"||>FLY ON\r\n",
            b"||1>TRIGGER ON\r\n",
            b"||x>TRIGGER ON\r\n",
        ):
            assert await terminal.ask(ignored, 1.0) == b"", ignored
        assert await terminal.ask(b"||>trigger on\r\n", 1.0) == b"NOREAD\r\n"
        label.text = "4006381333931"
        assert await terminal.ask(b"||0:123>TRIGGER ON\r\n", 1.0) == b"4006381333931\r\n"
        assert await terminal.ask(b"||>GET COM.DMCC-RESPONSE\r\n") == b"0\r\n", "silent, as it is delivered"
        label.text = None
        assert await terminal.ask(b"||>TRIGGER ON\r\n") == b""
        assert await terminal.ask(b"||>TRIGGER OFF\r\n") == b"NOREAD\r\n"


@played
async def test_sick_has_a_gate_that_is_open_or_closed() -> None:
    async with reader("sick") as (_, label, connect):
        terminal = await connect()
        assert await terminal.ask(b"\x02sMN mTCgateoff\x03") == b"\x02sAN mTCgateoff 0\x03"
        assert await terminal.ask(b"\x02sMN mTCgateon\x03") == b"\x02sAN mTCgateon 1\x03"
        assert await terminal.ask(b"\x02sMN mTCgateon\x03") == b"\x02sAN mTCgateon 0\x03"
        assert await terminal.ask(b"\x02sMN mTCgateoff\x03") == b"\x02sAN mTCgateoff 1\x03\x02NoRead\x03"
        label.text = "LOT 7"
        assert await terminal.ask(b"\x02sMN mTCgateon\x03", 0.1) == b"\x02sAN mTCgateon 1\x03\x02LOT 7\x03"
        assert await terminal.ask(b"\x02sMN fly\x03") == b"\x02sFA 2\x03"
        assert await terminal.ask(b"\x02sRN wings\x03") == b"\x02sFA 3\x03"
        terminal.stream.write(b"sMN mTCgateon\x03")
        assert await terminal.stream.read() == b"", "no frame: the connection ends"


@played
async def test_plain_takes_its_word_and_nothing_else() -> None:
    async with reader("plain") as (_, label, connect):
        terminal = await connect()
        label.text = "A"
        assert await terminal.ask(b"trigger\r\n", 1.0) == b""
        assert await terminal.ask(b"TRIGGER\r\n", 1.0) == b"A\r\n"


# --- all of them --------------------------------------------------------------------------------------------------


@played
async def test_results_go_to_who_has_triggered_and_end_with_him() -> None:
    async with reader("keyence") as (virtual, label, connect):
        first, second = await connect(), await connect()
        await first.ask(b"LON\r")
        label.text = "A"
        assert await first.heard() == b"A\r"
        assert await second.heard() == b""
        label.text = None
        await second.ask(b"LON\r")
        second.stream.close()
        await asyncio.sleep(0.01)
        assert not virtual.reading


@played
async def test_a_mute_reader_neither_hears_nor_tells() -> None:
    async with reader("keyence") as (virtual, label, connect):
        terminal = await connect()
        label.text = "A"
        virtual.switches()["mute"]()
        assert await terminal.ask(b"LON\r", 1.0) == b""
        virtual.switches()["speak"]()
        assert await terminal.ask(b"LON\r", 1.0) == b"A\r"


def test_switches_say_what_they_take() -> None:
    virtual = VirtualReader(BenchCode())
    with pytest.raises(ValueError, match=r"no dialect 'kyence'.*keyence"):
        virtual.switches()["dialect"]("kyence")
    with pytest.raises(ValueError, match=r"on\|off"):
        virtual.switches()["responses"]("maybe")
