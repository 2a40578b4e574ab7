"""A cell with a hundred values that change ten times a second, and the programs that make them change."""

from __future__ import annotations

from pathlib import Path

ROLES, SIGNALS = 4, 25
ITEMS = ROLES * SIGNALS
NAME = "load_cell"
PROGRAM = Path(__file__).with_name("count_up.py")


def write_cell(folder: Path) -> Path:
    """The cell file: an arm, and analog outputs."""
    lines = ["schema: cellkit/cell/1", f"name: {NAME}", "devices:", "  robot: {kind: arm, model: ur5e}"]
    for role in range(ROLES):
        lines += [f"  signals{role}:", "    kind: analog_io", "    outputs:"]
        lines += [f"      s{number}: {{terminal: {number}, low: 0, high: 1000000}}" for number in range(SIGNALS)]
    file = folder / "load_cell.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def paths() -> list[str]:
    """Where the values are below the served cell, as a client asks for them."""
    return [f"Devices/signals{role}/Outputs/s{number}" for role in range(ROLES) for number in range(SIGNALS)]
