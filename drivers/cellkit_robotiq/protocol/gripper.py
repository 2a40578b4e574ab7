"""Commands and status of a gripper, independent of the carrier (2F instruction manual, chapter on control)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Activation(IntEnum):
    """STA."""

    RESET = 0
    ACTIVATING = 1
    UNUSED = 2
    ACTIVE = 3


class Detection(IntEnum):
    """OBJ."""

    MOVING = 0
    STOPPED_OPENING = 1
    STOPPED_CLOSING = 2
    AT_POSITION = 3


@dataclass(frozen=True, slots=True)
class Command:
    """ACT, GTO, ATR, ARD, POS, SPE, FOR. Positions run from 0 (open) to 255 (closed)."""

    activate: bool = True
    go: bool = False
    automatic_release: bool = False
    release_opens: bool = False
    position: int = 0
    speed: int = 0
    force: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """ACT, GTO, STA, OBJ, FLT, PRE, POS; ``current`` in units of 10 mA, 0 where it is not reported."""

    activated: bool
    going: bool
    activation: Activation
    detection: Detection
    fault: int
    echo: int
    position: int
    current: int = 0


@dataclass(frozen=True, slots=True)
class GripperFault:
    """``blocks``: nothing moves until ACT has been off and on again."""

    text: str
    blocks: bool


FAULTS = {
    5: GripperFault("the action is delayed: activation must be completed first", False),
    7: GripperFault("the activation bit must be set before the action", False),
    8: GripperFault("over-temperature (it works again below 85 deg C)", False),
    9: GripperFault("no communication for at least one second", False),
    10: GripperFault("supply voltage too low", True),
    11: GripperFault("automatic release in progress", True),
    12: GripperFault("internal fault; the vendor's support must be asked", True),
    13: GripperFault("activation fault: something is in the way, or there is no fingers' end found", True),
    14: GripperFault("over-current", True),
    15: GripperFault("automatic release completed", True),
}
"""FLT by number."""
