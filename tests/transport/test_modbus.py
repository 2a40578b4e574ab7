"""Modbus: the examples of the specification, both framings, and everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from cellkit.errors import ConnectionLost, ProtocolError, TransportError
from cellkit.timing import now, run
from cellkit.transport import ByteStream, MemoryNetwork
from cellkit.transport.modbus import NO_TARGET, Framing, ModbusClient, ModbusRefused, ModbusServer, Table, signed

HOST, PORT, UNIT = "127.0.0.2", 502, 17


class Tables:
    """A ``ModbusUnit`` of 3000 of everything; registers hold at most 0x7FFF."""

    def __init__(self) -> None:
        self.values: dict[tuple[Table, int], int] = {}

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        if address + count > 3000:
            raise KeyError(address)
        return [self.values.get((table, at), 0) for at in range(address, address + count)]

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        if address + len(values) > 3000:
            raise KeyError(address)
        if any(value > 0x7FFF for value in values):
            raise ValueError(values)
        self.values |= {(table, at): value for at, value in enumerate(values, address)}

    def put(self, table: Table, address: int, *values: int) -> None:
        self.values |= {(table, at): value for at, value in enumerate(values, address)}


def bits(text: str) -> list[int]:
    """The bits of bytes in hex, least significant first."""
    return [byte >> at & 1 for byte in bytes.fromhex(text) for at in range(8)]


# Modbus Application Protocol Specification V1.1b3, the examples of sections 6.1 to 6.6, 6.11, 6.12, 6.16 and 6.17.
EXAMPLES = [
    ("01 0013 0013", "01 03 cd6b05", ("coils", 0x13, bits("cd6b05")[:19])),
    ("02 00c4 0016", "02 03 acdb35", ("inputs", 0xC4, bits("acdb35")[:22])),
    ("03 006b 0003", "03 06 022b 0000 0064", ("holding", 0x6B, [0x22B, 0, 0x64])),
    ("04 0008 0001", "04 02 000a", ("input_registers", 8, [10])),
    ("05 00ac ff00", "05 00ac ff00", None),
    ("06 0001 0003", "06 0001 0003", None),
    ("0f 0013 000a 02 cd01", "0f 0013 000a", None),
    ("10 0001 0002 04 000a 0102", "10 0001 0002", None),
    ("16 0004 00f2 0025", "16 0004 00f2 0025", ("holding", 4, [0x12])),
    (
        "17 0003 0006 000e 0003 06 00ff 00ff 00ff",
        "17 0c 00fe 0acd 0001 0003 000d 00ff",
        ("holding", 3, [0xFE, 0xACD, 1, 3, 13, 0xFF]),
    ),
    ("01 0bb8 0001", "81 02", None),  # the exception of section 7; there the unit has fewer coils than 1185
]
WRITTEN: list[tuple[str, Table, int, list[int]]] = [
    ("05 00ac ff00", "coils", 0xAC, [1]),
    ("06 0001 0003", "holding", 1, [3]),
    ("0f 0013 000a 02 cd01", "coils", 0x13, bits("cd01")[:10]),
    ("10 0001 0002 04 000a 0102", "holding", 1, [10, 0x102]),
    ("16 0004 00f2 0025", "holding", 4, [0x17]),
]


def tcp(pdu: str, number: int = 1, unit: int = UNIT) -> bytes:
    body = bytes((unit, *bytes.fromhex(pdu)))
    return number.to_bytes(2, "big") + b"\0\0" + len(body).to_bytes(2, "big") + body


def rtu(pdu: str, unit: int = UNIT) -> bytes:
    body = bytes((unit, *bytes.fromhex(pdu)))
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


FRAMES: dict[Framing, Callable[[str], bytes]] = {"tcp": tcp, "rtu": rtu}
each_framing = pytest.mark.parametrize("framing", ["tcp", "rtu"])


def test_the_checksum_is_that_of_the_specification() -> None:
    # Modbus over Serial Line V1.02, section 6.2.2: the CRC of 02 07 is 0x1241, sent low byte first.
    assert rtu("07", unit=2) == bytes.fromhex("02 07 41 12")


async def ask(stream: ByteStream, data: bytes, patience: float = 0.3) -> bytes | None:
    stream.write(data)
    try:
        async with asyncio.timeout(patience):
            return await stream.read()
    except TimeoutError:
        return None


def with_server(
    test: Callable[[ByteStream, Tables], Awaitable[None]], framing: Framing = "tcp", unknown_unit: int | None = None
) -> None:
    async def main() -> None:
        network, tables = MemoryNetwork(), Tables()
        listener = await network.listen(HOST, PORT, ModbusServer({UNIT: tables}, framing, unknown_unit).serve)
        stream = await network.connect(HOST, PORT)
        await test(stream, tables)
        stream.close()
        listener.close()

    run(main())


@each_framing
@pytest.mark.parametrize(("request_", "answer", "before"), EXAMPLES, ids=[one[0][:7] for one in EXAMPLES])
def test_the_server_answers_the_examples(
    framing: Framing, request_: str, answer: str, before: tuple[Table, int, list[int]] | None
) -> None:
    async def test(stream: ByteStream, tables: Tables) -> None:
        if before is not None:
            tables.put(before[0], before[1], *before[2])
        assert await ask(stream, FRAMES[framing](request_)) == FRAMES[framing](answer)
        for written, table, address, values in WRITTEN:
            if written == request_:
                assert tables.read(table, address, len(values)) == values

    with_server(test, framing)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("03 0bb7 0002", "83 02"),  # one beyond the last
        ("03 0000 0000", "83 03"),  # none
        ("03 0000 007e", "83 03"),  # 126, more than fit into an answer
        ("01 0000 07d1", "81 03"),
        ("05 0000 1234", "85 03"),  # neither on nor off
        ("06 0000 ffff", "86 03"),  # the unit does not take it
        ("10 0000 0002 04 000a ffff", "90 03"),  # all of them or none
        ("10 0000 0002 02 000a", "90 03"),  # the count is not that of the bytes
        ("0f 0000 07b1 f7" + 247 * " ff", "8f 03"),  # 1969, more than may be written at once
        ("17 0bb8 0001 0000 0001 02 0007", "97 02"),  # nothing is written when there is nothing to read
        ("2b 0e 01 00", "ab 01"),
        ("63", "e3 01"),
    ],
)
def test_the_server_refuses_with_the_codes_of_the_specification(request_: str, answer: str) -> None:
    async def test(stream: ByteStream, tables: Tables) -> None:
        assert await ask(stream, tcp(request_)) == tcp(answer)
        assert not tables.values
        assert await ask(stream, tcp("03 0000 0001", 2)) == tcp("03 02 0000", 2)  # and goes on

    with_server(test)


@pytest.mark.parametrize(("unknown", "answer"), [(None, None), (NO_TARGET, "83 0b")])
def test_a_unit_that_is_not_there_is_silent_or_a_gateways_exception(unknown: int | None, answer: str | None) -> None:
    async def test(stream: ByteStream, _: Tables) -> None:
        expected = None if answer is None else tcp(answer, unit=99)
        assert await ask(stream, tcp("03 0000 0001", unit=99)) == expected

    with_server(test, unknown_unit=unknown)


def test_requests_may_come_in_one_packet_or_byte_by_byte() -> None:
    async def test(stream: ByteStream, tables: Tables) -> None:
        tables.put("holding", 0, 7, 8)
        stream.write(tcp("03 0000 0001", 5) + tcp("03 0001 0001", 6))
        await asyncio.sleep(0.01)
        assert await stream.read() == tcp("03 02 0007", 5) + tcp("03 02 0008", 6)
        for byte in tcp("03 0001 0001", 7):
            stream.write(bytes((byte,)))
            await asyncio.sleep(0.01)
        assert await stream.read() == tcp("03 02 0008", 7)

    with_server(test)


def test_what_is_no_modbus_tcp_ends_the_connection() -> None:
    async def test(stream: ByteStream, _: Tables) -> None:
        assert await ask(stream, b"GET / HTTP/1.1\r\n\r\n") == b""

    with_server(test)


def test_on_a_serial_line_noise_is_skipped_and_never_answered() -> None:
    async def test(stream: ByteStream, tables: Tables) -> None:
        good = rtu("03 0000 0001")
        assert await ask(stream, good[:-1] + bytes((good[-1] ^ 0x40,))) is None  # wrong checksum
        assert await ask(stream, good) == rtu("03 02 0000")
        assert await ask(stream, good[:4]) is None  # half a frame
        assert await ask(stream, good) == rtu("03 02 0000")
        assert await ask(stream, b"\xff" * 600) is None
        assert await ask(stream, good) == rtu("03 02 0000")

    with_server(test, "rtu")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["tcp", "rtu"]))
def test_no_bytes_harm_the_server(garbage: bytes, framing: Literal["tcp", "rtu"]) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        failed: list[BaseException] = []

        async def serve(stream: ByteStream) -> None:
            try:
                await ModbusServer({UNIT: Tables()}, framing).serve(stream)
            except (ProtocolError, TransportError):
                pass
            except Exception as error:
                failed.append(error)

        listener = await network.listen(HOST, PORT, serve)
        stream = await network.connect(HOST, PORT)
        stream.write(garbage)
        await asyncio.sleep(0.5)
        stream.close()
        await asyncio.sleep(0.1)
        listener.close()
        assert not failed

    run(main())


# --- the client -----------------------------------------------------------------------------------------------------


class Peer:
    """Answers what a test tells it to, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answers: list[bytes | None] = []
        self.delay = 0.0

    async def serve(self, stream: ByteStream) -> None:
        while data := await stream.read():
            self.asked.append(data)
            answer = self.answers.pop(0) if self.answers else None
            if self.delay:
                await asyncio.sleep(self.delay)
            if answer is not None:
                stream.write(answer)


def with_client(test: Callable[[ModbusClient, Peer], Awaitable[None]], framing: Framing = "tcp") -> None:
    async def main() -> None:
        network, peer = MemoryNetwork(), Peer()
        listener = await network.listen(HOST, PORT, peer.serve)
        stream = await network.connect(HOST, PORT)
        await test(ModbusClient("io", stream, UNIT, framing, 0.5), peer)
        stream.close()
        listener.close()

    run(main())


Call = Callable[[ModbusClient], Awaitable[object]]
CALLS: list[tuple[str, str, Call, object]] = [
    ("01 0013 0013", "01 03 cd6b05", lambda one: one.read_coils(0x13, 19), [bool(b) for b in bits("cd6b05")[:19]]),
    ("02 00c4 0016", "02 03 acdb35", lambda one: one.read_inputs(0xC4, 22), [bool(b) for b in bits("acdb35")[:22]]),
    ("03 006b 0003", "03 06 022b 0000 0064", lambda one: one.read_holding(0x6B, 3), [0x22B, 0, 0x64]),
    ("04 0008 0001", "04 02 000a", lambda one: one.read_input_registers(8), [10]),
    ("05 00ac ff00", "05 00ac ff00", lambda one: one.write_coil(0xAC, True), None),
    ("06 0001 0003", "06 0001 0003", lambda one: one.write_register(1, 3), None),
    ("10 0001 0002 04 000a 0102", "10 0001 0002", lambda one: one.write_registers(1, [10, 0x102]), None),
]


@each_framing
@pytest.mark.parametrize(("request_", "answer", "call", "result"), CALLS, ids=[one[0][:7] for one in CALLS])
def test_the_client_asks_as_in_the_examples(
    framing: Framing, request_: str, answer: str, call: Call, result: object
) -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.answers = [FRAMES[framing](answer)]
        assert await call(client) == result
        assert peer.asked == [FRAMES[framing](request_)]

    with_client(test, framing)


@each_framing
@pytest.mark.parametrize(("code", "words"), [(2, "illegal data address"), (3, "illegal data value"), (11, "unit id")])
def test_an_exception_is_a_refusal_with_its_code(framing: Framing, code: int, words: str) -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.answers = [FRAMES[framing](f"83 {code:02x}")]
        with pytest.raises(ModbusRefused, match=words) as caught:
            await client.read_holding(5)
        assert caught.value.code == code

    with_client(test, framing)


def test_no_answer_is_a_lost_link_and_a_late_one_is_nobodys() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.answers, peer.delay = [tcp("03 02 0007", 1)], 0.8
        began = now()
        with pytest.raises(ConnectionLost, match=r"no answer for 0\.5 s"):
            await client.read_holding(0)
        assert now() - began == pytest.approx(0.5)
        peer.delay = 0.0
        await asyncio.sleep(0.4)
        peer.answers = [tcp("03 02 0008", 2)]
        assert await client.read_holding(0) == [8]

    with_client(test)


def test_a_serial_line_gets_three_tries() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        good = rtu("03 02 0007")
        peer.answers = [None, good[:-1] + bytes((good[-1] ^ 1,)), good]
        assert await client.read_holding(0) == [7]
        assert len(peer.asked) == 3
        peer.answers = [None, None, None]
        with pytest.raises(ConnectionLost):
            await client.read_holding(0)
        assert len(peer.asked) == 6

    with_client(test, "rtu")


def test_an_answer_of_another_unit_is_not_ours() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.answers = [rtu("03 02 0009", unit=18), rtu("03 02 0007")]
        assert await client.read_holding(0) == [7]

    with_client(test, "rtu")


@pytest.mark.parametrize(
    "answer",
    [tcp("04 02 0007"), tcp("03 04 0007 0008"), tcp("03 00"), b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 300],
    ids=["other function", "too many", "too few", "http", "noise"],
)
def test_an_answer_that_is_none_is_a_protocol_error(answer: bytes) -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.answers = [answer]
        with pytest.raises((ProtocolError, ConnectionLost)):
            await client.read_holding(0)

    with_client(test)


def test_a_connection_that_the_unit_closes_is_lost() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        reading = asyncio.ensure_future(client.read_holding(0))
        await asyncio.sleep(0.01)
        client._stream.close()
        with pytest.raises(ConnectionLost):
            await reading

    with_client(test)


def test_calls_that_overlap_go_out_one_after_the_other() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.delay = 0.01
        peer.answers = [tcp(f"03 02 {value:04x}", value + 1) for value in range(5)]
        found = await asyncio.gather(*(client.read_holding(at) for at in range(5)))
        assert found == [[0], [1], [2], [3], [4]]
        assert [data[:2] for data in peer.asked] == [number.to_bytes(2, "big") for number in range(1, 6)]

    with_client(test)


def test_a_caller_who_gives_up_leaves_no_answer_behind() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        peer.delay = 0.05
        peer.answers = [rtu("03 02 0001"), rtu("03 02 0002")]
        first = asyncio.ensure_future(client.read_holding(0))
        await asyncio.sleep(0.01)
        first.cancel()
        assert await client.read_holding(0) == [2]

    with_client(test, "rtu")


def test_units_behind_one_connection_take_turns() -> None:
    async def test(client: ModbusClient, peer: Peer) -> None:
        other = client.at(18)
        peer.delay = 0.01
        peer.answers = [rtu("03 02 0001"), rtu("03 02 0002", unit=18)]
        assert await asyncio.gather(client.read_holding(0), other.read_holding(0)) == [[1], [2]]
        assert [data[0] for data in peer.asked] == [17, 18]

    with_client(test, "rtu")


@pytest.mark.parametrize(("register", "value"), [(0, 0), (0x7FFF, 32767), (0x8000, -32768), (0xFFFF, -1)])
def test_signed_registers(register: int, value: int) -> None:
    assert signed(register) == value
