"""What the clients of others do to a virtual coupler; each gives its own ``Line``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

UNIT, OTHER_UNIT = 1, 7
LAST = 63  # address of the last terminal

Found = list[int] | str
"""Values, or "exception N", or why the client itself does not ask."""


class Line(Protocol):
    """A client; writes return "taken" or a refusal."""

    def coils(self, address: int, count: int, unit: int = UNIT) -> Found: ...
    def inputs(self, address: int, count: int, unit: int = UNIT) -> Found: ...
    def holding(self, address: int, count: int, unit: int = UNIT) -> Found: ...
    def input_registers(self, address: int, count: int, unit: int = UNIT) -> Found: ...
    def write_coil(self, address: int, value: bool, unit: int = UNIT) -> str: ...
    def write_coils(self, address: int, values: Sequence[bool], unit: int = UNIT) -> str: ...
    def write_register(self, address: int, value: int, unit: int = UNIT) -> str: ...
    def write_registers(self, address: int, values: Sequence[int], unit: int = UNIT) -> str: ...


def drive(line: Any, what: str) -> dict[str, Any]:
    """Do it, and say what was found."""
    return {"digital": drive_digital, "analog": drive_analog, "fall": drive_fall}[what](line)


def drive_digital(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"inputs": line.inputs(0, 2), "all inputs": line.inputs(0, LAST + 1)}
    found["on"] = [line.write_coil(0, True), line.coils(0, 2)]
    found["several"] = [line.write_coils(0, [False, True, True]), line.coils(0, 3)]
    found["last"] = [line.write_coil(LAST, True), line.coils(LAST, 1)]
    found["off"] = [line.write_coils(0, [False] * (LAST + 1)), line.coils(0, LAST + 1)]
    found["refused"] = {
        "coil": line.coils(LAST + 1, 1),
        "coils": line.coils(LAST, 2),
        "input": line.inputs(LAST + 1, 1),
        "write": line.write_coil(LAST + 1, True),
        "writes": line.write_coils(LAST, [True, True]),
        "register": line.holding(0, 1),
        "input register": line.input_registers(0, 1),
        "write register": line.write_register(0, 1),
        "unit": line.coils(0, 1, OTHER_UNIT),
        "write to unit": line.write_coil(0, True, OTHER_UNIT),
    }
    found["after all"] = line.coils(0, 2)
    return found


def drive_analog(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"inputs": line.input_registers(0, 2)}
    found["one"] = [line.write_register(0, 8192), line.holding(0, 1)]
    found["several"] = [line.write_registers(0, [16384, 5, 32767]), line.holding(0, 3)]
    found["all"] = line.holding(0, LAST + 1)
    found["refused"] = {
        "register": line.holding(LAST + 1, 1),
        "registers": line.holding(LAST, 2),
        "input register": line.input_registers(LAST + 1, 1),
        "write": line.write_register(LAST + 1, 1),
        "writes": line.write_registers(LAST, [1, 1]),
        "beyond the range": line.write_register(0, 32768),
        "one of two beyond": line.write_registers(0, [1, 65535]),
        "coil": line.coils(0, 1),
        "input": line.inputs(0, 1),
        "write coil": line.write_coil(0, True),
        "unit": line.holding(0, 1, OTHER_UNIT),
    }
    found["after all"] = line.holding(0, 3)
    return found


def drive_fall(line: Line) -> dict[str, Any]:
    """Set two coils and keep silent for long enough."""
    found: dict[str, Any] = {"on": line.write_coils(0, [True, True])}
    time.sleep(2.0)
    found["fallen"] = line.coils(0, 2)
    found["on again"] = [line.write_coil(0, True), line.coils(0, 2)]
    return found
