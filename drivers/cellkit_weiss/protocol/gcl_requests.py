"""The requests of GCL: encoded by the driver, decoded by the virtual gripper.

Lengths in m, speeds in m/s, forces in N per pad; None where an argument is left out.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from cellkit_weiss.protocol.status import Status, WsgRefused
from cellkit_weiss.protocol.units import JAWS, MM


@dataclass(frozen=True, slots=True)
class Home:
    """``HOME()``: find the end stop, outwards (``positive``), inwards, or as the gripper is configured."""

    positive: bool | None = None
    name: ClassVar[str] = "HOME"


@dataclass(frozen=True, slots=True)
class Move:
    """``MOVE(position, speed)``."""

    width: float
    speed: float | None = None
    name: ClassVar[str] = "MOVE"


@dataclass(frozen=True, slots=True)
class Grip:
    """``GRIP(force, width, speed)``: each may be left out with all that follow it."""

    force: float | None = None
    width: float | None = None
    speed: float | None = None
    name: ClassVar[str] = "GRIP"


@dataclass(frozen=True, slots=True)
class Release:
    """``RELEASE(distance, speed)``: so much further open than now."""

    distance: float | None = None
    speed: float | None = None
    name: ClassVar[str] = "RELEASE"


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without arguments: STOP, FASTSTOP, FSACK or BYE."""

    name: str


@dataclass(frozen=True, slots=True)
class AutoSend:
    """``AUTOSEND("POS", period, changes_only)``; ``period`` in s, on the wire in ms; 0 ends it."""

    value: str
    period: float
    changes_only: bool | None = None
    name: ClassVar[str] = "AUTOSEND"


@dataclass(frozen=True, slots=True)
class Setting:
    """``NAME=value``: VERBOSE (0 or 1), PWT (part width tolerance) or CLT (clamping travel)."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Query:
    """``NAME?`` or ``NAME[index]?``."""

    name: str
    index: int | None = None


Request: TypeAlias = Home | Move | Grip | Release | Plain | AutoSend | Setting | Query
PLAIN = ("STOP", "FASTSTOP", "FSACK", "BYE")
SETTINGS = {"VERBOSE": 1.0, "PWT": MM, "CLT": MM}
AUTOMATIC = ("POS", "SPEED", "FORCE", "GRIPSTATE")
QUERIES = (*AUTOMATIC, *SETTINGS, "SYSFLAGS")
_CALL = re.compile(r"([A-Z]+)\(\s*(.*?)\s*\)")
_SETTING = re.compile(r"([A-Z]+)=(.*)")
_QUERY = re.compile(r"([A-Z]+)(?:\[(\d{1,3})\])?\?")
_WORD = re.compile(r"\w{1,32}", re.ASCII)


def encode_request(request: Request) -> bytes:
    """Return a line to the gripper, its end included."""
    match request:
        case Home(positive):
            text = _call("HOME", None if positive is None else str(int(positive)))
        case Move(width, speed):
            text = _call("MOVE", _text(width, MM), _text(speed, MM))
        case Grip(force, width, speed):
            text = _call("GRIP", _text(force, JAWS), _text(width, MM), _text(speed, MM))
        case Release(distance, speed):
            text = _call("RELEASE", _text(distance, MM), _text(speed, MM))
        case AutoSend(value, period, changes):
            only = None if changes is None else str(changes).lower()
            text = _call("AUTOSEND", f'"{value}"', str(round(1000 * period)), only)
        case Setting(name, value):
            text = f"{name}={_text(value, SETTINGS[name])}"
        case Query(name, index):
            text = f"{name}{'' if index is None else f'[{index}]'}?"
        case Plain(name):
            text = f"{name}()"
    return text.encode("ascii") + b"\n"


def decode_request(line: bytes) -> Request:
    """Read a line from a client. Raises ``WsgRefused`` with the command, where known, and the status to answer."""
    text = line.decode("ascii", "replace").strip()
    if found := _CALL.fullmatch(text):
        return _called(found[1], [part.strip() for part in found[2].split(",")] if found[2] else [])
    if found := _QUERY.fullmatch(text):
        name, index = found[1], None if found[2] is None else int(found[2])
        if name not in QUERIES:
            raise WsgRefused(Status.CMD_UNKNOWN, name)
        if index is not None and name != "SYSFLAGS":
            raise WsgRefused(Status.CMD_FORMAT_ERROR, name)
        return Query(name, index)
    if found := _SETTING.fullmatch(text):
        name = found[1]
        if name not in SETTINGS:
            raise WsgRefused(Status.CMD_UNKNOWN, name)
        return Setting(name, _number(name, found[2]) / SETTINGS[name])
    word = _WORD.match(text)
    raise WsgRefused(Status.CMD_FORMAT_ERROR, "UNKNOWN" if word is None else word[0])


def _called(name: str, arguments: list[str]) -> Request:
    if name in PLAIN:
        _require(name, arguments, 0, 0)
        return Plain(name)
    if name == "AUTOSEND":
        return _automatic(arguments)
    if name == "HOME":
        _require(name, arguments, 0, 1)
        return Home(_truth(name, arguments[0]) if arguments else None)
    numbers = [_number(name, part) for part in arguments]
    if name == "MOVE":
        _require(name, arguments, 1, 2)
        return Move(numbers[0] / MM, numbers[1] / MM if len(numbers) > 1 else None)
    if name == "GRIP":
        _require(name, arguments, 0, 3)
        return Grip(*(number / scale for number, scale in zip(numbers, (JAWS, MM, MM), strict=False)))
    if name == "RELEASE":
        _require(name, arguments, 0, 2)
        return Release(*(number / MM for number in numbers))
    raise WsgRefused(Status.CMD_UNKNOWN, name)


def _automatic(arguments: list[str]) -> AutoSend:
    _require("AUTOSEND", arguments, 2, 3)
    value = arguments[0].strip('"')
    if f'"{value}"' != arguments[0] or value not in AUTOMATIC:
        raise WsgRefused(Status.INVALID_PARAMETER, "AUTOSEND")
    period = _number("AUTOSEND", arguments[1]) / 1000.0
    if not 0.0 <= period <= 60.0:
        raise WsgRefused(Status.RANGE_ERROR, "AUTOSEND")
    return AutoSend(value, period, _truth("AUTOSEND", arguments[2]) if len(arguments) > 2 else None)


def _require(name: str, arguments: list[str], least: int, most: int) -> None:
    if len(arguments) < least:
        raise WsgRefused(Status.NOT_ENOUGH_PARAMS, name)
    if len(arguments) > most:
        raise WsgRefused(Status.NO_PARAM_EXPECTED, name)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise WsgRefused(Status.CMD_FORMAT_ERROR, name) from None
    if not math.isfinite(value):
        raise WsgRefused(Status.INVALID_PARAMETER, name)
    return value


def _truth(name: str, text: str) -> bool:
    if text not in ("0", "1", "false", "true"):
        raise WsgRefused(Status.INVALID_PARAMETER, name)
    return text in ("1", "true")


def _call(name: str, *arguments: str | None) -> str:
    return f"{name}({','.join(argument for argument in arguments if argument is not None)})"


def _text(value: float | None, scale: float) -> str | None:
    """Three decimals at most; no zeros that say nothing."""
    if value is None:
        return None
    text = f"{value * scale:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
