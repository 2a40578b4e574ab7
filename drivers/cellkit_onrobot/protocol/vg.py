"""Registers of VG10 and VGC10: one that commands a channel, one that tells its vacuum.

Source: takuya-ki/onrobot-vg, commit 240fc2f, and the message definitions of UOsaka-Harada-Laboratory/onrobot, commit
9e82baf, which quote the vendor's Connectivity Guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from cellkit.errors import ProtocolError

COMMAND = 0
"""Register of channel A; B follows."""
CURRENT_LIMIT = 2
"""mA that the pump may take."""
USUAL_CURRENT, MOST_CURRENT = 500, 1000
VACUUM = 258
"""Register of channel A; B follows."""
CHANNELS = 2
MOST_PERCENT = 80
"""What the pump reaches. Public drivers ask for 255 where they want all of it."""
AMBIENT = 101325.0
"""Pa, the standard atmosphere, taken as 100 % of vacuum; the datasheet (from memory) equates 80 % and 0.810 bar."""


class Mode(IntEnum):
    """High byte of a command. ``IDLE`` neither grips nor releases."""

    RELEASE = 0
    GRIP = 1
    IDLE = 2


@dataclass(frozen=True, slots=True)
class ChannelCommand:
    """``percent`` (0 to 255) counts when gripping only."""

    mode: Mode
    percent: int = 0


@dataclass(frozen=True, slots=True)
class VgStatus:
    """Vacuum of the channels in Pa below ambient."""

    a: float
    b: float


def encode_channel(command: ChannelCommand) -> int:
    """Return a register. Raises ``ValueError`` for a share that no byte holds."""
    if not 0 <= command.percent <= 0xFF:
        raise ValueError(f"{command.percent} % does not fit into a byte")
    return command.mode << 8 | command.percent


def decode_channel(register: int) -> ChannelCommand:
    """From a register. Raises ``ProtocolError`` for a mode that does not exist."""
    try:
        return ChannelCommand(Mode(register >> 8), register & 0xFF)
    except ValueError:
        raise ProtocolError("onrobot", f"{register:#06x} is no command of a channel") from None


def target(command: ChannelCommand) -> float:
    """Return the vacuum (Pa) that a command asks for."""
    return min(command.percent, MOST_PERCENT) / 100 * AMBIENT if command.mode is Mode.GRIP else 0.0


def encode_status(status: VgStatus) -> list[int]:
    """Return registers 258 and 259, per mille."""
    return [min(1000, max(0, round(value / AMBIENT * 1000))) for value in (status.a, status.b)]


def decode_status(registers: Sequence[int]) -> VgStatus:
    """From registers 258 and 259. Raises ``ProtocolError`` for another number of them, or more than all air."""
    if len(registers) != CHANNELS or max(registers) > 1000:
        raise ProtocolError("onrobot", f"{list(registers)} are not the vacuum of two channels, in per mille")
    a, b = (register / 1000 * AMBIENT for register in registers)
    return VgStatus(a, b)
