"""GCL, the Gripper Control Language: a command a line, upper case, arguments in parentheses; in SI on our side.

Motion commands are answered twice, ``ACK NAME`` and ``FIN NAME``, others once; ``ERR NAME code`` takes the place of
either. Values come as ``NAME=value``, with ``@`` before it when the gripper sends them by itself. Sources: chapter 2 of
the vendor's GCL Reference Manual; clients of others for AUTOSEND, SYSFLAGS and the two stops (see quality.toml).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cellkit.errors import ProtocolError
from cellkit_weiss.protocol.units import JAWS, MM

LONGEST = 512  # bytes of a line
SCALES = {"POS": MM, "SPEED": MM, "FORCE": JAWS, "GRIPSTATE": 1.0, "PWT": MM, "CLT": MM, "SYSFLAGS": 1.0}
"""What a number on the wire is divided by, for each value that has a unit."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """``ACK NAME``: the command was taken."""

    name: str


@dataclass(frozen=True, slots=True)
class Finished:
    """``FIN NAME``: a motion has ended as it should."""

    name: str


@dataclass(frozen=True, slots=True)
class Failed:
    """``ERR NAME code``, with a text behind it in verbose mode."""

    name: str
    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """``NAME=text`` or ``NAME[index]=text``; ``spontaneous``: sent without a request."""

    name: str
    text: str
    index: int | None = None
    spontaneous: bool = False

    def number(self) -> float:
        """In SI (forces in N per pad). Raises ``ProtocolError`` for what is no finite number."""
        try:
            value = float(self.text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ProtocolError("weiss", f"{self.name} is no number", data=self.text.encode())
        return value / SCALES.get(self.name, 1.0)


Answer: TypeAlias = Acknowledged | Finished | Failed | Value
_ACK = re.compile(r"(ACK|FIN) ([A-Z]+)")
_ERR = re.compile(r"ERR (\S+) (\d{1,5})(?: (.*))?")
_VALUE = re.compile(r"(@?)([A-Z]+)(?:\[(\d{1,3})\])?=(.*)")


class LineReader:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Lines without their ends. Raises ``ProtocolError`` for one that does not end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
        if len(self._rest) > LONGEST:
            raise ProtocolError("weiss", f"a line of more than {LONGEST} bytes", data=self._rest[:64])


def decode_answer(line: bytes) -> Answer:
    """Return a line from the gripper. Raises ``ProtocolError``."""
    text = line.decode("ascii", "replace")
    if len(line) <= LONGEST:
        if found := _ACK.fullmatch(text):
            return Acknowledged(found[2]) if found[1] == "ACK" else Finished(found[2])
        if found := _ERR.fullmatch(text):
            return Failed(found[1], int(found[2]), found[3] or "")
        if found := _VALUE.fullmatch(text):
            index = None if found[3] is None else int(found[3])
            return Value(found[2], found[4], index, bool(found[1]))
    raise ProtocolError("weiss", "neither ACK, FIN, ERR nor a value", data=line[:64])


def encode_answer(answer: Answer) -> bytes:
    """Return a line from the gripper, its end included."""
    match answer:
        case Acknowledged(name):
            text = f"ACK {name}"
        case Finished(name):
            text = f"FIN {name}"
        case Failed(name, status, words):
            text = f"ERR {name} {int(status)}" + (f" {words}" if words else "")
        case Value(name, value, index, spontaneous):
            text = f"{'@' if spontaneous else ''}{name}{'' if index is None else f'[{index}]'}={value}"
    return text.encode("ascii") + b"\n"


def wire_text(name: str, value: float) -> str:
    """Return an SI value as the gripper writes it: one decimal, as in the manual's examples; states have none."""
    scaled = value * SCALES[name]
    return f"{scaled:.0f}" if name in ("GRIPSTATE", "SYSFLAGS") else f"{scaled:.1f}"
