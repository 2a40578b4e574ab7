"""Drives a virtual OnRobot gripper with pyModbusTCP; prints one JSON object.

Arguments: host, port, what to do (rg, tripped, vg), greatest force and width in counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from onrobot_sequence import TOOL, drive_rg, drive_tripped, drive_vg
from pyModbusTCP.client import ModbusClient


class Line:
    """pyModbusTCP as the sequence wants it."""

    def __init__(self, host: str, port: int) -> None:
        self._client = ModbusClient(host, port, unit_id=TOOL, timeout=0.5, auto_open=True)

    def _complaint(self) -> str:
        code = self._client.last_except
        return f"exception {code}" if code else "silence"

    def read(self, address: int, count: int, unit: int = TOOL) -> list[int] | str:
        self._client.unit_id = unit
        found = self._client.read_holding_registers(address, count)
        return self._complaint() if found is None else list(found)

    def read_input(self, address: int, count: int) -> list[int] | str:
        self._client.unit_id = TOOL
        found = self._client.read_input_registers(address, count)
        return self._complaint() if found is None else list(found)

    def write(self, address: int, values: Sequence[int], unit: int = TOOL) -> str:
        self._client.unit_id = unit
        return "taken" if self._client.write_multiple_registers(address, list(values)) else self._complaint()

    def write_one(self, address: int, value: int, unit: int = TOOL) -> str:
        self._client.unit_id = unit
        return "taken" if self._client.write_single_register(address, value) else self._complaint()

    def close(self) -> None:
        self._client.close()


def main() -> None:
    host, port, what, *limits = sys.argv[1:]
    line = Line(host, int(port))
    if what == "vg":
        found = drive_vg(line)
    else:
        force, width = map(int, limits)
        found = (drive_rg if what == "rg" else drive_tripped)(line, force, width)
    line.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
