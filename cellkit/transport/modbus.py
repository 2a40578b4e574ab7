"""Modbus over a ``ByteStream``: TCP and RTU framing, with the messages and frames of pymodbus.

pymodbus' own client and server would run in virtual time too; decision 13 states why these are used instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, cast

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu import bit_message as bits
from pymodbus.pdu import register_message as registers

from cellkit.errors import CommandRejected, ConnectionLost, ProtocolError, TransportError
from cellkit.transport.network import ByteStream

Framing: TypeAlias = Literal["tcp", "rtu"]
Table: TypeAlias = Literal["coils", "inputs", "holding", "input_registers"]

LARGEST = 260  # bytes of a frame
SILENCE = 0.05  # s after which the beginning of an RTU frame is discarded: far above 3.5 characters, for USB adapters
TRIES = 3  # attempts of a request on a noisy RTU line
WORDS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, not done yet",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not respond (is the unit id right?)",
}
ADDRESS, VALUE, FAILURE, NO_TARGET = 2, 3, 4, 11
MOST_COILS = 1968  # that function 15 may write; pymodbus takes a few more
_TABLES: dict[int, Table] = {
    1: "coils", 5: "coils", 15: "coils", 2: "inputs", 4: "input_registers",
    3: "holding", 6: "holding", 16: "holding", 22: "holding", 23: "holding",
}  # fmt: skip


class ModbusRefused(CommandRejected):
    """An exception reply; ``code`` is the standard's."""

    def __init__(self, device: str, what: str, code: int) -> None:
        self.code = code
        super().__init__(device, f"{what}: Modbus exception {code} ({WORDS.get(code, 'not in the standard')})")


class ModbusClient:
    """One client of one unit. Calls may overlap; they go out one after the other.

    Every call raises ``ModbusRefused`` for an exception reply, ``ConnectionLost`` when no reply comes within
    ``timeout`` (s) or the link breaks, and ``ProtocolError`` for an invalid reply.
    """

    def __init__(self, device: str, stream: ByteStream, unit: int, framing: Framing, timeout: float = 0.5) -> None:
        self._device = device
        self._stream = stream
        self._unit = unit
        self._timeout = timeout
        self._framing: Framing = framing
        self._rtu = framing == "rtu"
        self._framer = _framer(framing, server=False)
        self._number = 0
        self._turn = asyncio.Lock()
        self.basis = stream.far_basis

    def at(self, unit: int) -> ModbusClient:
        """Return a client of another unit behind the same connection; the calls of both go out one after the other."""
        other = ModbusClient(self._device, self._stream, unit, self._framing, self._timeout)
        other._turn = self._turn
        return other

    async def read_holding(self, address: int, count: int = 1) -> list[int]:
        """Read holding registers: 16 bits, unsigned."""
        request = registers.ReadHoldingRegistersRequest(address=address, count=count)
        return self._registers(await self._call(request), count)

    async def read_input_registers(self, address: int, count: int = 1) -> list[int]:
        """Read input registers: 16 bits, unsigned."""
        request = registers.ReadInputRegistersRequest(address=address, count=count)
        return self._registers(await self._call(request), count)

    async def read_coils(self, address: int, count: int = 1) -> list[bool]:
        """Read coils (outputs)."""
        return self._bits(await self._call(bits.ReadCoilsRequest(address=address, count=count)), count)

    async def read_inputs(self, address: int, count: int = 1) -> list[bool]:
        """Read discrete inputs."""
        return self._bits(await self._call(bits.ReadDiscreteInputsRequest(address=address, count=count)), count)

    async def write_coil(self, address: int, value: bool) -> None:
        """Set one output."""
        await self._call(bits.WriteSingleCoilRequest(address=address, bits=[value]))

    async def write_register(self, address: int, value: int) -> None:
        """Set one register (0 to 65535), with function 6."""
        await self._call(registers.WriteSingleRegisterRequest(address=address, registers=[value]))

    async def write_registers(self, address: int, values: Sequence[int]) -> None:
        """Set several registers (0 to 65535) in one message, with function 16."""
        await self._call(registers.WriteMultipleRegistersRequest(address=address, registers=list(values)))

    def _registers(self, reply: ModbusPDU, count: int) -> list[int]:
        if len(reply.registers) != count:
            raise ProtocolError(self._device, f"{len(reply.registers)} registers, {count} were asked for")
        return list(reply.registers)

    def _bits(self, reply: ModbusPDU, count: int) -> list[bool]:
        if not count <= len(reply.bits) < count + 8:
            raise ProtocolError(self._device, f"{len(reply.bits)} bits, {count} were asked for")
        return list(reply.bits[:count])

    async def _call(self, request: ModbusPDU) -> ModbusPDU:
        # A cancelled caller must not leave a reply behind for the next one.
        exchange = asyncio.ensure_future(self._exchange(request))
        exchange.add_done_callback(_retrieve_error)
        return await asyncio.shield(exchange)

    async def _exchange(self, request: ModbusPDU) -> ModbusPDU:
        function = request.function_code
        what = f"function {function} at {getattr(request, 'address', 0)}"
        async with self._turn:
            for _ in range(TRIES if self._rtu else 1):
                self._number = self._number % 0xFFFF + 1
                request.dev_id, request.transaction_id = self._unit, self._number
                try:
                    self._stream.write(self._framer.buildFrame(request))
                    async with asyncio.timeout(self._timeout):
                        reply = await self._reply(self._number)
                except TimeoutError:
                    continue
                except TransportError as error:
                    raise ConnectionLost(self._device, str(error)) from None
                if isinstance(reply, ExceptionResponse):
                    raise ModbusRefused(self._device, what, reply.exception_code)
                if reply.function_code != function:
                    raise ProtocolError(self._device, f"{what}: the answer is to function {reply.function_code}")
                return reply
        raise ConnectionLost(self._device, f"{what}: no answer for {self._timeout:g} s")

    async def _reply(self, number: int) -> ModbusPDU:
        received = b""
        while True:
            received += await self._more()
            _require_modbus(self._device, received, self._rtu)
            try:
                used, reply = self._framer.handleFrame(received, self._unit, 0 if self._rtu else number)
            except ModbusException:
                raise ProtocolError(self._device, "an answer that is no Modbus message", data=received) from None
            if reply is not None:
                return reply
            received = received[used:]

    async def _more(self) -> bytes:
        data = await self._stream.read()
        if not data:
            raise TransportError("the other side has closed the connection")
        return data


def _retrieve_error(exchange: asyncio.Task[ModbusPDU]) -> None:
    """Retrieve the error of an exchange whose caller was cancelled, so that asyncio does not report it as unhandled."""
    if not exchange.cancelled():
        exchange.exception()


class ModbusUnit(Protocol):
    """The tables of one unit.

    ``KeyError`` for an address that does not exist becomes exception 2, ``ValueError`` for a value that is not
    accepted exception 3.
    """

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Read bits (0 or 1) or registers (0 to 65535)."""

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Set bits or registers, all of them or none."""


class ModbusServer:
    """A server of ``units`` by unit id. ``asked`` is called for each request; False: no answer, as a device that hangs.

    Requests to an unknown unit get no answer, or the exception ``unknown_unit`` as from a gateway. ``functions``: those
    that the device supports; any other is exception 1. ``basis``: see ``ByteStream``; a look at it takes the place of a
    reading request.
    """

    def __init__(
        self,
        units: Mapping[int, ModbusUnit],
        framing: Framing,
        unknown_unit: int | None = None,
        asked: Callable[[], bool] = lambda: True,
        functions: Collection[int] = tuple(_TABLES),
        basis: Callable[[], object] = lambda: None,
    ) -> None:
        self._units = units
        self._framing: Framing = framing
        self._unknown_unit = unknown_unit
        self._asked = asked
        self._functions = functions
        self._basis = basis

    async def serve(self, stream: ByteStream) -> None:
        """Serve one connection to its end. Raises ``TransportError``, and ``ProtocolError`` for invalid Modbus TCP."""
        rtu = self._framing == "rtu"
        framer = _framer(self._framing, server=True)
        received = b""
        stream.basis = lambda: self._basis() if self._asked() else None
        while True:
            more = b""
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SILENCE if rtu and received else None):
                    more = await stream.read()
                    if not more:
                        return
            received = received + more if more else b""  # after a silence the beginning of a frame is discarded
            _require_modbus("Modbus", received, rtu)
            while received:
                used, unit, number, data = framer.decode(received)
                if not used:
                    break
                received = received[used:]
                if data and self._asked():
                    reply = await self._answer(unit, data)
                    if reply is not None:
                        reply.dev_id, reply.transaction_id = unit, number
                        stream.write(framer.buildFrame(reply))
            if len(received) > LARGEST:
                received = b""
            await stream.drain()

    async def _answer(self, unit: int, data: bytes) -> ModbusPDU | None:
        function = data[0] & 0x7F
        if unit not in self._units:
            return None if self._unknown_unit is None else ExceptionResponse(function, self._unknown_unit)
        request = DecodePDU(is_server=True).decode(data)
        if request is None or data[0] not in self._functions:
            # A request with a supported function that cannot be decoded has a wrong count or length.
            return ExceptionResponse(function, VALUE if data[0] in self._functions else 1)
        if data[0] == 5 and data[3:5] not in (b"\xff\x00", b"\x00\x00"):  # neither on nor off; pymodbus accepts it
            return ExceptionResponse(function, VALUE)
        if data[0] == 15 and int.from_bytes(data[3:5], "big") > MOST_COILS:
            return ExceptionResponse(function, VALUE)
        context = cast(Any, _Context(self._units[unit]))
        if isinstance(request, registers.ReadWriteMultipleRegistersRequest):
            # Both ranges must exist before anything is written; pymodbus writes first.
            found = await context.async_getValues(unit, function, request.read_address, request.read_count)
            if isinstance(found, ExcCodes):
                return ExceptionResponse(function, found)
        return await request.datastore_update(context, unit)


class _Context:
    """A unit's tables with the methods that the requests of pymodbus call."""

    def __init__(self, unit: ModbusUnit) -> None:
        self._unit = unit

    async def async_getValues(  # noqa: N802  (pymodbus' name)
        self, _device: int, function: int, address: int, count: int
    ) -> list[int] | list[bool] | ExcCodes:
        table = _TABLES[function]
        try:
            values = self._unit.read(table, address, count)
        except KeyError:
            return ExcCodes.ILLEGAL_ADDRESS
        return [bool(value) for value in values] if table in ("coils", "inputs") else list(values)

    async def async_setValues(  # noqa: N802
        self, _device: int, function: int, address: int, values: Sequence[int]
    ) -> ExcCodes | None:
        try:
            self._unit.write(_TABLES[function], address, [int(value) for value in values])
        except KeyError:
            return ExcCodes.ILLEGAL_ADDRESS
        except ValueError:
            return ExcCodes.ILLEGAL_VALUE
        return None


def _framer(framing: Framing, *, server: bool) -> FramerRTU | FramerSocket:
    decoder = DecodePDU(is_server=server)
    return FramerRTU(decoder) if framing == "rtu" else FramerSocket(decoder)


def _require_modbus(device: str, data: bytes, rtu: bool) -> None:
    """Raise ``ProtocolError`` for bytes without Modbus TCP's protocol number, 0, or longer than 260 bytes."""
    if (
        not rtu
        and len(data) >= 6
        and (data[2:4] != b"\0\0" or not 2 <= int.from_bytes(data[4:6], "big") <= LARGEST - 6)
    ):
        raise ProtocolError(device, "the bytes are no Modbus TCP", data=data)


def signed(register: int) -> int:
    """Return a register (0 to 65535) as a signed number of 16 bits."""
    return register - 0x10000 if register & 0x8000 else register
