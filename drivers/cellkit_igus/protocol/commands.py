"""Motion commands of CRI as data, and the reading of all commands a client may send.

Source: CommonplaceRobotics/CRI-Python-Lib 8ab5469, ``cri_controller.py`` (what the vendor's own client sends).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellkit.digits import whole_number

DEFAULT_ACCELERATION = 40.0
"""Percent, where a motion names none."""
BASE_FRAME = "#base"
ROBOT_AXES, EXTERNAL_AXES = 6, 3


class CriRefused(Exception):
    """A command that the controller answers with CMDERROR; the text goes with it."""


@dataclass(frozen=True, slots=True)
class MoveJoint:
    """Joint-interpolated motion. ``joints`` (6,) in controller degrees, speed 1 to 100 %, acceleration in %."""

    joints: tuple[float, ...]
    speed: float
    acceleration: float = DEFAULT_ACCELERATION
    relative: bool = False

    def encode(self) -> str:
        """Return the text of the command."""
        kind = "RelativeJoint" if self.relative else "Joint"
        return f"Move {kind} {_numbers(self.joints)} 0 0 0 {self.speed:.4f} {self.acceleration:.4f}"


@dataclass(frozen=True, slots=True)
class MoveCart:
    """Straight motion. ``pose`` is X Y Z A B C (mm, deg), speed in mm/s.

    ``kind`` is Cart, RelativeBase or RelativeTool.
    """

    pose: tuple[float, ...]
    speed: float
    acceleration: float = DEFAULT_ACCELERATION
    kind: str = "Cart"

    def encode(self) -> str:
        """Return the text of the command."""
        return f"Move {self.kind} {_numbers(self.pose)} 0 0 0 {self.speed:.4f} {BASE_FRAME} {self.acceleration:.4f}"


def parse_move(words: tuple[str, ...]) -> MoveJoint | MoveCart:
    """Parse the words after ``Move``. Raises ``CriRefused``."""
    kind = words[0] if words else ""
    if kind in ("Joint", "RelativeJoint"):
        values = numbers(words[1:], (10, 11))
        _no_external(values)
        speed, acceleration = values[9], values[10] if len(values) == 11 else DEFAULT_ACCELERATION
        if not 1.0 <= speed <= 100.0:
            raise CriRefused(f"velocity {speed:g} % is outside 1 to 100 %")
        return MoveJoint(values[:ROBOT_AXES], speed, _share(acceleration), kind == "RelativeJoint")
    if kind in ("Cart", "RelativeBase", "RelativeTool"):
        if len(words) not in (12, 13):
            raise CriRefused(f"Move {kind} needs 9 values, a velocity and a frame")
        values = numbers(words[1:11], (10,))
        _no_external(values)
        if words[11] != BASE_FRAME:
            raise CriRefused(f"unknown frame {words[11]}")
        acceleration = numbers(words[12:], (1,))[0] if len(words) == 13 else DEFAULT_ACCELERATION
        if values[9] <= 0.0:
            raise CriRefused(f"velocity {values[9]:g} mm/s is not above zero")
        return MoveCart(values[:6], values[9], _share(acceleration), kind)
    raise CriRefused(f"unknown motion {kind}")


def numbers(words: tuple[str, ...], counts: tuple[int, ...]) -> tuple[float, ...]:
    """Parse finite numbers, as many as allowed. Raises ``CriRefused``."""
    if len(words) not in counts:
        raise CriRefused(f"expected {' or '.join(map(str, counts))} values, got {len(words)}")
    try:
        values = tuple(map(float, words))
    except ValueError:
        raise CriRefused("a value is no number") from None
    if not all(map(math.isfinite, values)):
        raise CriRefused("a value is not finite")
    return values


def signal(words: tuple[str, ...], count: int) -> tuple[int, bool]:
    """Parse number and value of ``n true|false``. Raises ``CriRefused``."""
    number = whole_number(words[0], most=2**31) if len(words) == 2 else None
    if number is None or words[1].lower() not in ("true", "false"):
        raise CriRefused("expected a number and true or false")
    if number >= count:
        raise CriRefused(f"signal {number} does not exist, there are {count}")
    return number, words[1].lower() == "true"


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def _no_external(values: tuple[float, ...]) -> None:
    if any(values[ROBOT_AXES : ROBOT_AXES + EXTERNAL_AXES]):
        raise CriRefused("the robot has no external axes")


def _share(acceleration: float) -> float:
    if not 0.0 < acceleration <= 100.0:
        raise CriRefused(f"acceleration {acceleration:g} % is outside 0 to 100 %")
    return acceleration
