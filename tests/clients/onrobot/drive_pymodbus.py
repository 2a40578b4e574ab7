"""Drives a virtual OnRobot gripper with pymodbus' own client; prints one JSON object.

Arguments: host, port, what to do (rg, tripped, vg), greatest force and width in counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from onrobot_sequence import TOOL, drive_rg, drive_tripped, drive_vg
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException


class Line:
    """pymodbus' synchronous client as the sequence wants it."""

    def __init__(self, host: str, port: int) -> None:
        self._client = ModbusTcpClient(host, port=port, timeout=0.5, retries=0)
        assert self._client.connect()

    def _call(self, request: Callable[[], Any]) -> Any:
        if not self._client.connected:
            self._client.connect()
        try:
            answer = request()
        except ModbusException:
            return "silence"
        return f"exception {answer.exception_code}" if answer.isError() else answer

    def read(self, address: int, count: int, unit: int = TOOL) -> list[int] | str:
        answer = self._call(lambda: self._client.read_holding_registers(address, count=count, device_id=unit))
        return answer if isinstance(answer, str) else list(answer.registers)

    def read_input(self, address: int, count: int) -> list[int] | str:
        answer = self._call(lambda: self._client.read_input_registers(address, count=count, device_id=TOOL))
        return answer if isinstance(answer, str) else list(answer.registers)

    def write(self, address: int, values: Sequence[int], unit: int = TOOL) -> str:
        answer = self._call(lambda: self._client.write_registers(address, list(values), device_id=unit))
        return answer if isinstance(answer, str) else "taken"

    def write_one(self, address: int, value: int, unit: int = TOOL) -> str:
        answer = self._call(lambda: self._client.write_register(address, value, device_id=unit))
        return answer if isinstance(answer, str) else "taken"

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
