"""Drives a virtual coupler with pyModbusTCP; prints one JSON object. Arguments: host, port, what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from coupler_sequence import UNIT, drive
from pyModbusTCP.client import ModbusClient


class Client:
    """pyModbusTCP as the sequence wants it."""

    def __init__(self, host: str, port: int) -> None:
        self.client = ModbusClient(host, port, unit_id=UNIT, timeout=5.0, auto_open=True)

    def _at(self, unit: int) -> ModbusClient:
        self.client.unit_id = unit
        return self.client

    def _found(self, values: Any) -> list[int] | str:
        return self._complaint() if values is None else [int(value) for value in values]

    def _taken(self, done: bool) -> str:
        return "taken" if done else self._complaint()

    def _complaint(self) -> str:
        return f"exception {self.client.last_except}" if self.client.last_except else self.client.last_error_as_txt

    def coils(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._found(self._at(unit).read_coils(address, count))

    def inputs(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._found(self._at(unit).read_discrete_inputs(address, count))

    def holding(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._found(self._at(unit).read_holding_registers(address, count))

    def input_registers(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._found(self._at(unit).read_input_registers(address, count))

    def write_coil(self, address: int, value: bool, unit: int = UNIT) -> str:
        return self._taken(self._at(unit).write_single_coil(address, value))

    def write_coils(self, address: int, values: Sequence[bool], unit: int = UNIT) -> str:
        return self._taken(self._at(unit).write_multiple_coils(address, list(values)))

    def write_register(self, address: int, value: int, unit: int = UNIT) -> str:
        return self._taken(self._at(unit).write_single_register(address, value))

    def write_registers(self, address: int, values: Sequence[int], unit: int = UNIT) -> str:
        return self._taken(self._at(unit).write_multiple_registers(address, list(values)))


def more(line: Client, what: str) -> dict[str, str]:
    """What this client can ask for besides."""
    client = line.client
    found: dict[str, Any] = {}
    for name, pdu in (
        ("status", b"\x07"),
        ("2001 coils", b"\x01\x00\x00\x07\xd1"),
        ("126 registers", b"\x03\x00\x00\x00\x7e"),
        ("half on", b"\x05\x00\x00\x12\x34"),
        ("unknown function", b"\x41"),
    ):
        found[name] = line._found(client.custom_request(pdu))
    found["identity"] = line._found(client.read_device_identification())
    if what == "analog":
        found["read and write"] = line._found(client.write_read_multiple_registers(1, [7], 0, 2))
    return {name: str(value) for name, value in found.items()}


def main() -> None:
    host, port, what = sys.argv[1:]
    line = Client(host, int(port))
    found = drive(line, what) | {"more": more(line, what)}
    line.client.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
