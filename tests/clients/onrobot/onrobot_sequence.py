"""What the public drivers of OnRobot's grippers do with the registers, over whatever Modbus client is handed in.

``Line`` is what a client must offer; a refusal is the text ``exception N``, silence ``silence``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

TOOL, BOX = 65, 63
BUSY, GRIP = 1, 2
PATIENCE = 10.0


class Line(Protocol):
    """A Modbus client, set to one unit at a time."""

    def read(self, address: int, count: int, unit: int = TOOL) -> list[int] | str: ...

    def write(self, address: int, values: Sequence[int], unit: int = TOOL) -> str: ...

    def write_one(self, address: int, value: int, unit: int = TOOL) -> str: ...

    def read_input(self, address: int, count: int) -> list[int] | str: ...


def until(line: Line, reached: Callable[[int], bool]) -> int:
    """The first status that is ``reached``."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        status = line.read(268, 1)
        assert isinstance(status, list), status
        if reached(status[0]):
            return status[0]
        time.sleep(0.01)
    raise AssertionError("the gripper takes too long")


def move(line: Line, force: int, width: int, control: int = 16) -> dict[str, Any]:
    """Force, width and control in one message, as open_gripper() and close_gripper() do; then wait."""
    said = line.write(0, [force, width, control])
    until(line, lambda status: bool(status & BUSY))
    status = until(line, lambda status: not status & BUSY)
    return {"said": said, "grip": bool(status & GRIP), "width": line.read(275, 1)}


def drive_rg(line: Line, force: int, width: int) -> dict[str, Any]:
    """RG2 or RG6 by its greatest force and width; it is open, and a part of 40 mm is between its fingers."""
    found: dict[str, Any] = {
        "product": line.read(0x600, 1),
        "status": line.read(258, 18),
        "single": [line.read(address, 1) for address in (258, 267, 268, 275)],
        "close": move(line, force, 0),
        "open": move(line, force, width),
        "middle": move(line, force, width // 2, 1),
    }
    line.write(0, [force, width, 16])
    until(line, lambda status: bool(status & BUSY))
    found["while busy"] = line.write(0, [force, 0, 16])
    until(line, lambda status: not status & BUSY)
    found["ignored"] = line.read(267, 1)
    found["one by one"] = [line.write_one(0, force // 2), line.write_one(1, width // 4), line.write_one(2, 1)]
    until(line, lambda status: bool(status & BUSY))
    found["stop"] = line.write_one(2, 8)
    found["stopped"] = until(line, lambda status: not status & BUSY)
    time.sleep(0.1)
    stands = [line.read(267, 1)]
    time.sleep(0.3)
    found["stands"] = stands == [line.read(267, 1)]
    found["refused"] = {
        "force": line.write_one(0, force + 1),
        "width": line.write(0, [force, width + 1, 16]),
        "control": line.write_one(2, 2),
        "register": line.write_one(3, 0),
        "status": line.write_one(268, 0),
        "beyond": line.read(276, 1),
        "input registers": line.read_input(268, 1),
        "power": line.write_one(0, 1, BOX),
        "unit": line.read(268, 1, 66),
    }
    found["open again"] = move(line, force, width)
    return found


def drive_tripped(line: Line, force: int, width: int) -> dict[str, Any]:
    """A gripper whose circuit has tripped: nothing moves before restartPowerCycle()."""
    before = line.read(267, 1)
    found: dict[str, Any] = {"tripped": line.read(268, 1), "said": line.write(0, [force, 0, 16])}
    time.sleep(0.5)
    found["moved"] = line.read(267, 1) != before
    found["power"] = line.write(0, [2], BOX)
    deadline = time.monotonic() + PATIENCE
    answers = []
    while time.monotonic() < deadline:
        status = line.read(268, 1)
        answers.append(status)
        if isinstance(status, list):
            break
    found["away"] = answers[0]
    found["back"] = answers[-1]
    found["close"] = move(line, force, 0)
    return found


def drive_vg(line: Line) -> dict[str, Any]:
    """VG10; a part is at its cups."""
    found: dict[str, Any] = {"product": line.read(0x600, 1), "limit": line.read(2, 1), "before": line.read(258, 2)}
    found["on"] = line.write(0, [0x01FF, 0x01FF])  # vacuum_on()
    deadline = time.monotonic() + PATIENCE
    while line.read(258, 2) != [800, 800] and time.monotonic() < deadline:
        time.sleep(0.05)
    found["gripped"] = line.read(258, 2)
    found["60 %"] = [line.write_one(0, 0x013C), line.read(258, 1)]
    found["idle"] = [line.write_one(1, 0x0200), line.read(259, 1)]
    found["off"] = line.write(0, [0, 0])  # release_vacuum()
    time.sleep(1.0)
    found["released"] = line.read(258, 2)
    found["refused"] = {
        "mode": line.write_one(0, 0x0350),
        "current": line.write_one(2, 1001),
        "register": line.write_one(3, 0),
        "vacuum": line.write_one(258, 0),
        "other map": line.read(18, 2),
        "input registers": line.read_input(258, 2),
    }
    return found
