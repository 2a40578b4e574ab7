"""The driver: which answer belongs to which trigger, and what happens when there is none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from cellkit_reader.config import TextConfig
from cellkit_reader.driver import TextReader
from cellkit_reader.virtual import VirtualReader

from cellkit.controller.plants.code_reader import BenchCode
from cellkit.devices import Lifecycle
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceFault, MotionAborted, MotionTimeout
from cellkit.testing.contract import events
from cellkit.timing import now, run
from cellkit.transport import ByteStream, FaultyNetwork, LinkFaults, MemoryNetwork

HOST = "127.0.0.2"


class Bench:
    """A virtual reader and a driver."""

    def __init__(self, config: dict[str, Any]) -> None:
        told = TextConfig(host=HOST, **config)
        self.network, self.label, self.faults = MemoryNetwork(), BenchCode(), LinkFaults()
        self.virtual = VirtualReader(self.label, told.dialect)
        self.reader = TextReader("reader", told, FaultyNetwork(self.network, self.faults))


@contextlib.asynccontextmanager
async def bench(**config: Any) -> AsyncIterator[Bench]:
    bench = Bench(config)
    await bench.virtual.start(bench.network, HOST)
    try:
        await bench.reader.connect()
        yield bench
    finally:
        await bench.reader.close()
        await bench.virtual.stop()


class Scripted:
    """A reader that does what a test says: ``heard`` are its lines, ``say`` sends bytes."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.stream: ByteStream | None = None

    async def serve(self, stream: ByteStream) -> None:
        self.stream = stream
        while data := await stream.read():
            self.heard += data.split(b"\r")[:-1]

    def say(self, data: bytes) -> None:
        assert self.stream is not None
        self.stream.write(data)


@contextlib.asynccontextmanager
async def scripted(**config: Any) -> AsyncIterator[tuple[TextReader, Scripted]]:
    network, other = MemoryNetwork(), Scripted()
    listener = await network.listen(HOST, 23, other.serve)
    reader = TextReader("reader", TextConfig(host=HOST, **config), network)
    try:
        await reader.connect()
        yield reader, other
    finally:
        await reader.close()
        listener.close()


def played(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def play() -> None:
        run(test())  # type: ignore[arg-type]

    play.__name__ = test.__name__
    return play


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["keyence", "cognex", "sick", "plain"])
def test_codes_and_nothing_in_every_dialect(dialect: str) -> None:
    async def reads() -> None:
        async with bench(dialect=dialect) as on:
            assert await on.reader.read_code() is None
            on.label.text = "Ünit 7, top"
            assert await on.reader.read_code() == "Ünit 7, top"
            on.label.text = None
            assert await on.reader.read_code() is None

    run(reads())


@played
async def test_a_label_that_comes_while_it_looks_is_read() -> None:
    async with bench() as on:
        reading = asyncio.ensure_future(on.reader.read_code())
        await asyncio.sleep(0.5)
        on.label.text = "LATE"
        assert await reading == "LATE"


@played
async def test_a_reader_that_looks_for_ever_is_told_to_stop_after_the_read_time() -> None:
    async with bench(read_time=0.3) as on:
        since = now()
        assert await on.reader.read_code() is None
        assert now() - since == pytest.approx(0.3, abs=0.01)
        assert not on.virtual.reading


@played
async def test_acknowledgements_are_no_codes() -> None:
    async with bench() as on:
        on.virtual.switches()["responses"]("on")
        on.label.text = "A"
        assert await on.reader.read_code() == "A"
        on.label.text = None
        assert await on.reader.read_code() is None


@played
async def test_a_refused_trigger_is_a_fault_with_the_vendors_number() -> None:
    async with scripted() as (reader, other):
        reading = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.01)
        other.say(b"ER,LON,22\r")
        with pytest.raises(DeviceFault, match="parameters could not be loaded") as found:
            await reading
        assert found.value.code == "22"


@played
async def test_an_end_that_came_too_late_is_not_the_next_triggers_refusal() -> None:
    async with scripted(read_time=0.1) as (reader, other):
        reading = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.11)
        assert other.heard == [b"LON", b"LOFF"]
        other.say(b"A\r")  # it was on its way when LOFF was sent
        assert await reading == "A"
        again = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.01)
        other.say(b"ER,LOFF,20\rB\r")
        assert await again == "B"


@played
async def test_a_code_without_a_trigger_is_an_event_and_no_answer() -> None:
    async with bench() as on:
        await asyncio.sleep(0.01)
        with events(on.reader) as found:
            on.virtual.switches()["send"]("NOT", "ASKED")
            await asyncio.sleep(0.01)
        assert [(event.what, event.data) for event in found] == [("unexpected_code", {"text": "NOT ASKED"})]
        on.label.text = "A"
        assert await on.reader.read_code() == "A"


# --- stops and silence --------------------------------------------------------------------------------------------


@played
async def test_a_stopped_reading_is_ended_at_the_reader_and_the_next_one_is_clean() -> None:
    async with bench(read_time=10.0) as on:
        reading = asyncio.ensure_future(on.reader.read_code(timeout=30.0))
        await asyncio.sleep(0.1)
        await on.reader.stop()
        with pytest.raises(MotionAborted):
            await reading
        assert not on.virtual.reading
        on.label.text = "A"
        assert await on.reader.read_code() == "A"


@played
async def test_an_answer_that_comes_after_all_is_not_taken_for_another() -> None:
    async with scripted(read_time=0.1) as (reader, other):
        with pytest.raises(MotionTimeout):
            await reader.read_code(timeout=0.5)
        assert other.heard == [b"LON", b"LOFF"]
        with pytest.raises(ConnectionLost, match="neither the last trigger nor its end"):
            await reader.read_code()
        assert reader.lifecycle is Lifecycle.LOST
        await reader.connect()
        reading = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.01)
        other.say(b"NEW\r")
        assert await reading == "NEW"


@played
async def test_a_stop_command_goes_out_once() -> None:
    async with scripted(read_time=10.0) as (reader, other):
        reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
        await asyncio.sleep(0.01)
        await asyncio.gather(reader.stop(), reader.stop())
        with pytest.raises(MotionAborted):
            await reading
        assert other.heard == [b"LON", b"LOFF"]


@played
async def test_nothing_is_sent_when_nothing_is_read() -> None:
    async with scripted() as (reader, other):
        await reader.stop()
        await asyncio.sleep(0.01)
        assert other.heard == []


@played
async def test_a_reader_that_closes_the_connection_is_lost() -> None:
    async with scripted() as (reader, other):
        reading = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.01)
        assert other.stream is not None
        other.stream.close()
        with pytest.raises(ConnectionLost, match="closed the connection"):
            await reading


@played
async def test_nobody_there_is_no_connection() -> None:
    reader = TextReader("reader", TextConfig(host=HOST), MemoryNetwork())
    with pytest.raises(ConnectionFailed, match=r"no code reader at 127\.0\.0\.2:23"):
        await reader.connect()


# --- nonsense -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"x" * 9000, "more than 8192 bytes"), (b"HALF A LI", "does not end"), (b"\xff\xfe\r", "not UTF-8")],
)
def test_what_is_no_line_ends_the_connection(data: bytes, why: str) -> None:
    async def ends() -> None:
        async with scripted() as (reader, other):
            reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
            await asyncio.sleep(0.01)
            other.say(data)
            with pytest.raises(ConnectionLost, match=why):
                await reading

    run(ends())


@played
async def test_a_line_has_a_time_limit_however_it_drips() -> None:
    async with scripted(read_time=10.0) as (reader, other):
        reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
        await asyncio.sleep(0.01)
        since = now()
        while not reading.done() and now() - since < 5.0:
            other.say(b"x")
            await asyncio.sleep(0.2)
        assert now() - since < 1.0
        with pytest.raises(ConnectionLost, match="does not end"):
            await reading


@played
async def test_a_line_in_two_parts_is_one() -> None:
    async with scripted() as (reader, other):
        reading = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.01)
        other.say(b"PART-")
        await asyncio.sleep(0.3)
        other.say(b"0001\r")
        assert await reading == "PART-0001"


@played
async def test_garbage_on_the_line_is_a_lost_link_and_the_reader_comes_back() -> None:
    async with bench() as on:
        on.faults.garbage(bytes(range(256)) * 8)
        await asyncio.sleep(0.01)
        with pytest.raises(ConnectionLost):
            await on.reader.read_code()
        await on.reader.connect()
        assert await on.reader.read_code() is None
