"""The registers of Modbus RTU: three that are written from 1000 on, three that are read from 2000 on.

The high byte of a register is the one with the lower number in the manual.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.errors import ProtocolError
from cellkit_robotiq.protocol.gripper import Activation, Command, Detection, Status

COMMAND, STATUS, COUNT = 1000, 2000, 3
_ACT, _GTO, _ATR, _ARD = 0x01, 0x08, 0x10, 0x20


def encode_command(command: Command) -> list[int]:
    """Return registers 1000 to 1002."""
    action = (
        _ACT * command.activate + _GTO * command.go + _ATR * command.automatic_release + _ARD * command.release_opens
    )
    return [action << 8, _byte(command.position), _byte(command.speed) << 8 | _byte(command.force)]


def decode_command(registers: Sequence[int]) -> Command:
    """From registers 1000 to 1002; reserved bits are ignored. Raises ``ProtocolError`` for another number of them."""
    if len(registers) != COUNT:
        raise ProtocolError("robotiq", f"{len(registers)} registers of a command, expected {COUNT}")
    action, position, both = registers
    bits = action >> 8
    return Command(
        bool(bits & _ACT),
        bool(bits & _GTO),
        bool(bits & _ATR),
        bool(bits & _ARD),
        position & 0xFF,
        both >> 8,
        both & 0xFF,
    )


def encode_status(status: Status) -> list[int]:
    """Return registers 2000 to 2002."""
    first = _ACT * status.activated | _GTO * status.going | status.activation << 4 | status.detection << 6
    return [
        first << 8,
        (status.fault & 0x0F) << 8 | _byte(status.echo),
        _byte(status.position) << 8 | _byte(status.current),
    ]


def decode_status(registers: Sequence[int]) -> Status:
    """From registers 2000 to 2002. Raises ``ProtocolError`` for another number of them."""
    if len(registers) != COUNT:
        raise ProtocolError("robotiq", f"{len(registers)} registers of a status, expected {COUNT}")
    first, second, third = registers
    bits = first >> 8
    return Status(
        bool(bits & _ACT),
        bool(bits & _GTO),
        Activation(bits >> 4 & 3),
        Detection(bits >> 6 & 3),
        second >> 8 & 0x0F,
        second & 0xFF,
        third >> 8,
        third & 0xFF,
    )


def _byte(value: int) -> int:
    if not 0 <= value <= 255:
        raise ValueError(f"{value} does not fit into a byte")
    return value
