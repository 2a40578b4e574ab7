"""Registers of RG2 and RG6: three that command, a block that tells.

Source: takuya-ki/onrobot-rg, commit 8081075, whose comments quote the vendor's Connectivity Guide; the block that is
read at once is that of UOsaka-Harada-Laboratory/onrobot, commit 9e82baf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from cellkit.errors import ProtocolError

FORCE, WIDTH, CONTROL = 0, 1, 2
COMMAND_COUNT = 3
STATUS, STATUS_COUNT = 258, 18
OFFSET_SETTING = 0x0407
"""Where the offset of a fingertip is set (0.1 mm, signed)."""

_OFFSET, _WIDTH, _BITS, _WIDTH_WITH_OFFSET = 0, 9, 10, 17  # places in the block: 258, 267, 268, 275
_TENTHS = 10.0  # counts of an N
_TENTH_MM = 10_000.0  # counts of an m


class Control(IntEnum):
    """What register 2 starts. ``GRIP`` counts between the bare fingers, ``GRIP_WITH_OFFSET`` between the fingertips."""

    GRIP = 1
    STOP = 8
    GRIP_WITH_OFFSET = 16


@dataclass(frozen=True, slots=True)
class RgCommand:
    """``force`` in N, ``width`` in m."""

    force: float
    width: float
    control: Control


@dataclass(frozen=True, slots=True)
class RgStatus:
    """Widths and the offset of one fingertip in m; safety switches and circuits 1 and 2."""

    fingertip_offset: float
    width: float
    width_with_offset: float
    busy: bool = False
    grip_detected: bool = False
    pushed: tuple[bool, bool] = (False, False)
    tripped: tuple[bool, bool] = (False, False)
    safety_error: bool = False


@dataclass(frozen=True, slots=True)
class RgFault:
    """``code`` is register and bit."""

    code: str
    text: str


CIRCUITS = (
    RgFault("268.3", "safety circuit 1 has tripped; the fingers do not move before the tool was off and on again"),
    RgFault("268.5", "safety circuit 2 has tripped; the fingers do not move before the tool was off and on again"),
)
SAFETY_ERROR = RgFault("268.6", "a safety switch was pushed when the power came on")


def faults(status: RgStatus) -> list[RgFault]:
    """Return what keeps the gripper from moving."""
    found = [fault for fault, tripped in zip(CIRCUITS, status.tripped, strict=True) if tripped]
    return [SAFETY_ERROR, *found] if status.safety_error else found


def encode_command(command: RgCommand) -> list[int]:
    """Return registers 0 to 2. Raises ``ValueError`` for what no register holds."""
    return [_count(command.force, _TENTHS), _count(command.width, _TENTH_MM), int(command.control)]


def decode_command(registers: Sequence[int]) -> RgCommand:
    """From registers 0 to 2. Raises ``ProtocolError``."""
    if len(registers) != COMMAND_COUNT:
        raise ProtocolError("onrobot", f"{len(registers)} registers of a command, expected {COMMAND_COUNT}")
    force, width, control = registers
    try:
        return RgCommand(force / _TENTHS, width / _TENTH_MM, Control(control))
    except ValueError:
        raise ProtocolError("onrobot", f"{control} is nothing that the control register starts") from None


def encode_status(status: RgStatus) -> list[int]:
    """Return registers 258 to 275; those with an unknown meaning are 0."""
    registers = [0] * STATUS_COUNT
    registers[_OFFSET] = _word(status.fingertip_offset)
    registers[_WIDTH] = _word(status.width)
    registers[_WIDTH_WITH_OFFSET] = _word(status.width_with_offset)
    (pushed_1, pushed_2), (tripped_1, tripped_2) = status.pushed, status.tripped
    bits = (
        status.busy, status.grip_detected, pushed_1, tripped_1, pushed_2, tripped_2, status.safety_error,
    )  # fmt: skip
    registers[_BITS] = sum(on << place for place, on in enumerate(bits))
    return registers


def decode_status(registers: Sequence[int]) -> RgStatus:
    """From registers 258 to 275; reserved bits are ignored. Raises ``ProtocolError`` for another number of them."""
    if len(registers) != STATUS_COUNT:
        raise ProtocolError("onrobot", f"{len(registers)} registers of a status, expected {STATUS_COUNT}")
    bits = registers[_BITS]
    busy, grip, pushed_1, tripped_1, pushed_2, tripped_2, error = (bool(bits >> place & 1) for place in range(7))
    return RgStatus(
        _metres(registers[_OFFSET]),
        _metres(registers[_WIDTH]),
        _metres(registers[_WIDTH_WITH_OFFSET]),
        busy,
        grip,
        (pushed_1, pushed_2),
        (tripped_1, tripped_2),
        error,
    )


def _count(value: float, scale: float) -> int:
    count = round(value * scale)
    if not 0 <= count <= 0xFFFF:
        raise ValueError(f"{value} does not fit into a register")
    return count


def _word(value: float) -> int:
    count = round(value * _TENTH_MM)
    if not -0x8000 <= count <= 0x7FFF:
        raise ValueError(f"{value} m does not fit into a register")
    return count & 0xFFFF


def _metres(register: int) -> float:
    return (register - 0x10000 if register & 0x8000 else register) / _TENTH_MM
