"""Drives a virtual coupler with uModbus; prints one JSON object. Arguments: host, port, what to do."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

from coupler_sequence import UNIT, drive
from umodbus.client import tcp
from umodbus.exceptions import ModbusError


class Client:
    """uModbus as the sequence wants it: a fresh connection for every request."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port

    def _ask(self, message: bytes) -> Any:
        with socket.create_connection(self._address, timeout=5.0) as stream:
            try:
                return tcp.send_message(message, stream)
            except ModbusError as error:
                return f"exception {error.error_code}"

    def _read(self, make: Callable[..., bytes], address: int, count: int, unit: int) -> list[int] | str:
        found = self._ask(make(unit, address, count))
        return found if isinstance(found, str) else [int(value) for value in found]

    def _write(self, message: bytes) -> str:
        said = self._ask(message)
        return said if isinstance(said, str) else "taken"

    def coils(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(tcp.read_coils, address, count, unit)

    def inputs(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(tcp.read_discrete_inputs, address, count, unit)

    def holding(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(tcp.read_holding_registers, address, count, unit)

    def input_registers(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(tcp.read_input_registers, address, count, unit)

    def write_coil(self, address: int, value: bool, unit: int = UNIT) -> str:
        return self._write(tcp.write_single_coil(unit, address, value))

    def write_coils(self, address: int, values: Sequence[bool], unit: int = UNIT) -> str:
        return self._write(tcp.write_multiple_coils(unit, address, [int(value) for value in values]))

    def write_register(self, address: int, value: int, unit: int = UNIT) -> str:
        return self._write(tcp.write_single_register(unit, address, value))

    def write_registers(self, address: int, values: Sequence[int], unit: int = UNIT) -> str:
        return self._write(tcp.write_multiple_registers(unit, address, list(values)))


def main() -> None:
    host, port, what = sys.argv[1:]
    print(json.dumps(drive(Client(host, int(port)), what)))


if __name__ == "__main__":
    main()
