"""Standard Modbus TCP (protocol number 0): the ten functions of the vendor's manual, requests and replies."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

READ_COILS, READ_INPUTS, READ_HOLDING, READ_INPUT_REGISTERS = 0x01, 0x02, 0x03, 0x04
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 0x05, 0x06, 0x0F, 0x10
MASK_REGISTER, READ_WRITE_REGISTERS = 0x16, 0x17
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_DATA = 1, 2, 3
MOST_BITS, MOST_REGISTERS, MOST_WRITTEN = 2000, 125, 123
COIL_ON = 0xFF00


class ModbusError(Exception):
    """Raised for a request that gets an exception reply with ``code``."""

    def __init__(self, function: int, code: int) -> None:
        self.function = function
        self.code = code
        super().__init__(f"Modbus exception {code} to function {function:#04x}")

    def reply(self) -> bytes:
        """Return the reply's PDU."""
        return bytes((self.function | 0x80, self.code))


@dataclass(frozen=True, slots=True)
class ModbusRequest:
    """One request. Reads have ``address`` and ``count``; writes ``write_address`` and ``values`` (bits or words).

    ``masks`` are the AND and OR masks of function 0x16.
    """

    function: int
    address: int = 0
    count: int = 0
    write_address: int = 0
    values: tuple[int, ...] = ()
    masks: tuple[int, int] | None = None

    @classmethod
    def decode(cls, pdu: bytes) -> ModbusRequest:
        """Decode a PDU. Raises ``ModbusError`` for an unknown function, a wrong length, or a quantity out of range."""
        function = pdu[0] if pdu else 0
        if function not in _DECODERS:
            raise ModbusError(function, ILLEGAL_FUNCTION)
        try:
            return _DECODERS[function](function, pdu[1:])
        except struct.error:
            raise ModbusError(function, ILLEGAL_DATA) from None

    def encode(self) -> bytes:
        """Return the request as a PDU."""
        function = self.function
        if function in (READ_COILS, READ_INPUTS, READ_HOLDING, READ_INPUT_REGISTERS):
            return struct.pack(">BHH", function, self.address, self.count)
        if function == WRITE_COIL:
            return struct.pack(">BHH", function, self.write_address, COIL_ON if self.values[0] else 0)
        if function == WRITE_REGISTER:
            return struct.pack(">BHH", function, self.write_address, *self.values)
        if function == WRITE_COILS:
            data = pack_bits(self.values)
            return struct.pack(">BHHB", function, self.write_address, len(self.values), len(data)) + data
        if function == MASK_REGISTER:
            return struct.pack(">BHHH", function, self.write_address, *(self.masks or (0xFFFF, 0)))
        words = struct.pack(f">HB{len(self.values)}H", len(self.values), 2 * len(self.values), *self.values)
        if function == WRITE_REGISTERS:
            return struct.pack(">BH", function, self.write_address) + words
        return struct.pack(">BHHH", function, self.address, self.count, self.write_address) + words

    def reply(self, read: Sequence[int] = ()) -> bytes:
        """Return the PDU of the reply; ``read`` are the bits or words that were requested."""
        function = self.function
        if function in (READ_COILS, READ_INPUTS):
            data = pack_bits(read)
        elif function in (READ_HOLDING, READ_INPUT_REGISTERS, READ_WRITE_REGISTERS):
            data = struct.pack(f">{len(read)}H", *(value & 0xFFFF for value in read))
        elif function in (WRITE_COILS, WRITE_REGISTERS):
            return struct.pack(">BHH", function, self.write_address, len(self.values))
        else:
            return self.encode()
        return bytes((function, len(data))) + data


def pack_bits(bits: Sequence[int]) -> bytes:
    """Pack eight bits into each byte, the first one lowest."""
    packed = bytearray((len(bits) + 7) // 8)
    for at, bit in enumerate(bits):
        if bit:
            packed[at // 8] |= 1 << at % 8
    return bytes(packed)


def _read(function: int, body: bytes) -> ModbusRequest:
    address, count = struct.unpack(">HH", body)
    most = MOST_BITS if function in (READ_COILS, READ_INPUTS) else MOST_REGISTERS
    _quantity(function, count, most)
    return ModbusRequest(function, address, count)


def _write_coil(function: int, body: bytes) -> ModbusRequest:
    address, value = struct.unpack(">HH", body)
    if value not in (0, COIL_ON):
        raise ModbusError(function, ILLEGAL_DATA)
    return ModbusRequest(function, write_address=address, values=(int(value == COIL_ON),))


def _write_register(function: int, body: bytes) -> ModbusRequest:
    address, value = struct.unpack(">HH", body)
    return ModbusRequest(function, write_address=address, values=(value,))


def _write_coils(function: int, body: bytes) -> ModbusRequest:
    address, count, size = struct.unpack_from(">HHB", body)
    _quantity(function, count, MOST_BITS)
    data = body[5:]
    if size != len(data) or size != (count + 7) // 8:
        raise ModbusError(function, ILLEGAL_DATA)
    bits = tuple(data[at // 8] >> at % 8 & 1 for at in range(count))
    return ModbusRequest(function, write_address=address, values=bits)


def _write_registers(function: int, body: bytes) -> ModbusRequest:
    (address,) = struct.unpack_from(">H", body)
    return ModbusRequest(function, write_address=address, values=_words(function, body[2:]))


def _mask(function: int, body: bytes) -> ModbusRequest:
    address, keep, put = struct.unpack(">HHH", body)
    return ModbusRequest(function, write_address=address, masks=(keep, put))


def _read_write(function: int, body: bytes) -> ModbusRequest:
    address, count, write_address = struct.unpack_from(">HHH", body)
    _quantity(function, count, MOST_REGISTERS)
    return ModbusRequest(function, address, count, write_address, _words(function, body[6:]))


def _words(function: int, body: bytes) -> tuple[int, ...]:
    count, size = struct.unpack_from(">HB", body)
    _quantity(function, count, MOST_WRITTEN)
    if size != 2 * count or len(body) != 3 + size:
        raise ModbusError(function, ILLEGAL_DATA)
    return struct.unpack_from(f">{count}H", body, 3)


def _quantity(function: int, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise ModbusError(function, ILLEGAL_DATA)


_DECODERS = {
    READ_COILS: _read,
    READ_INPUTS: _read,
    READ_HOLDING: _read,
    READ_INPUT_REGISTERS: _read,
    WRITE_COIL: _write_coil,
    WRITE_REGISTER: _write_register,
    WRITE_COILS: _write_coils,
    WRITE_REGISTERS: _write_registers,
    MASK_REGISTER: _mask,
    READ_WRITE_REGISTERS: _read_write,
}
