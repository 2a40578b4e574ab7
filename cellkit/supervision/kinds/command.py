"""A command as data: its name, its arguments, and its function at the open interface."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from cellkit.cell.cell import Cell
from cellkit.devices import Arm, Workpiece
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.supervision.refusal import RefusalCode, RequestRefused


class ArgumentKind(Enum):
    """The types of arguments, limited to those that a simple client has."""

    NUMBER = "number"
    NUMBERS = "numbers"
    TEXT = "text"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. ``least`` and ``most`` bound a number, or each of an array; ``count`` is an array's length.

    ``several``: an array may be any whole multiple of ``count``.
    """

    name: str
    kind: ArgumentKind
    description: str
    unit: str = ""
    least: float = -math.inf
    most: float = math.inf
    count: int | None = None
    several: bool = False


Arguments: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[Cell, Any, Arguments], Awaitable[dict[str, Any] | None]]
Check: TypeAlias = Callable[[Cell, Any, Arguments], None]


class WrongArgument(Exception):
    """The argument ``name`` is wrong; the text states why."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


def _accept(_cell: Cell, _device: Any, _arguments: Arguments) -> None:
    """Accept all arguments: their own bounds are enough."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to a device. ``check`` raises ``WrongArgument`` for arguments that are wrong within their bounds.

    ``actuates``: the command may move something, so that it needs ownership, the right mode and exclusive use of the
    device.
    """

    name: str
    description: str
    run: Run
    arguments: tuple[Argument, ...] = ()
    actuates: bool = True
    check: Check = field(default=_accept)

    def accept(self, cell: Cell, device: Any, given: list[Any]) -> dict[str, Any]:
        """Return the arguments by name, after all checks. Raises ``RequestRefused``."""
        if len(given) != len(self.arguments):
            wanted = ", ".join(argument.name for argument in self.arguments) or "none"
            text = f"{self.name} takes {len(self.arguments)} arguments ({wanted}), not {len(given)}"
            raise RequestRefused(RefusalCode.ARGUMENT, text)
        values = {}
        for index, (argument, value) in enumerate(zip(self.arguments, given, strict=True)):
            try:
                values[argument.name] = _checked(argument, value)
            except (TypeError, ValueError) as error:
                raise RequestRefused(RefusalCode.ARGUMENT, f"{argument.name}: {error}", index) from None
        try:
            self.check(cell, device, values)
        except WrongArgument as error:
            index = [argument.name for argument in self.arguments].index(error.name)
            raise RequestRefused(RefusalCode.ARGUMENT, str(error), index) from None
        return values


def _checked(argument: Argument, value: Any) -> Any:
    if argument.kind is ArgumentKind.NUMBER:
        return _number(argument, value)
    if argument.kind is ArgumentKind.NUMBERS:
        if not isinstance(value, list):
            raise TypeError(f"an array of numbers is expected, not {value!r}")
        if argument.count is not None:
            fits = len(value) == argument.count or (argument.several and value and len(value) % argument.count == 0)
            if not fits:
                times = "a multiple of " if argument.several else ""
                raise ValueError(f"{times}{argument.count} numbers are expected, not {len(value)}")
        return [_number(argument, number) for number in value]
    if argument.kind is ArgumentKind.FLAG:
        if not isinstance(value, bool):
            raise TypeError(f"true or false is expected, not {value!r}")
        return value
    if not isinstance(value, str):
        raise TypeError(f"a text is expected, not {value!r}")
    return value


def _number(argument: Argument, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number is expected, not {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{value} is no finite number")
    if not argument.least <= value <= argument.most:
        unit = f" {argument.unit}" if argument.unit else ""
        raise ValueError(f"{value:g} is outside {argument.least:g} to {argument.most:g}{unit}")
    return float(value)


# --- shared by several commands -------------------------------------------------------------------------------------

POSE = Argument(
    "Pose", ArgumentKind.NUMBERS, "x, y, z, then the unit quaternion x, y, z, w", "m", -1000.0, 1000.0, count=7
)
FRAME = Argument("Frame", ArgumentKind.TEXT, "the frame that the pose is given in: base, world, or one of the cell's")
TIMEOUT = Argument("Timeout", ArgumentKind.NUMBER, "how long to wait at most", "s", 0.0, 86400.0)
PART = Argument("Part", ArgumentKind.TEXT, "the kind of part, as the cell names it; empty: any")


def pose_of(numbers: list[float], frame: str) -> Pose:
    """Return the pose of seven numbers. Raises ``ValueError`` for a quaternion whose length is not 1."""
    length = math.sqrt(sum(number * number for number in numbers[3:]))
    if abs(length - 1.0) > 0.01:
        raise ValueError(f"the quaternion (the last four numbers) has length {length:.3g}; it must be 1")
    return Pose.from_quaternion(tuple(numbers[:3]), [number / length for number in numbers[3:]], frame)


def poses_of(numbers: list[float], frame: str) -> list[Pose]:
    """Return the poses of an array, seven numbers each."""
    return [pose_of(numbers[start : start + 7], frame) for start in range(0, len(numbers), 7)]


def check_poses(_cell: Cell, arm: Arm, arguments: Arguments) -> None:
    """Check that ``Via``, ``Pose`` and ``Poses`` are poses in a frame that the arm knows. Raises ``WrongArgument``."""
    frame = arguments["Frame"]
    if frame not in (known := arm.frames):
        raise WrongArgument("Frame", f"Frame: unknown frame {frame!r}; known: {', '.join(sorted(known))}")
    for name in ("Via", "Pose", "Poses"):
        try:
            poses_of(arguments.get(name, []), frame)
        except ValueError as error:
            raise WrongArgument(name, f"{name}: {error}") from None


def part_of(cell: Cell, name: str) -> Workpiece | None:
    """Return the workpiece that an argument names; None for an empty name. Raises ``ConfigError``."""
    return cell.workpiece(name) if name else None


def check_part(cell: Cell, arguments: Arguments) -> Workpiece | None:
    """Return the workpiece of the argument ``Part``. Raises ``WrongArgument`` for one that the cell does not know."""
    try:
        return part_of(cell, arguments["Part"])
    except ConfigError as error:
        raise WrongArgument("Part", f"Part: {error}") from None
