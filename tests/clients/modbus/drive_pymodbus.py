"""Drives a virtual coupler with pymodbus' own client; prints one JSON object. Arguments: host, port, what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from coupler_sequence import UNIT, drive
from pymodbus.client import ModbusTcpClient


class Client:
    """pymodbus' synchronous client as the sequence wants it."""

    def __init__(self, host: str, port: int) -> None:
        self.client = ModbusTcpClient(host, port=port, timeout=5.0, retries=0)
        assert self.client.connect()

    def coils(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return _bits(self.client.read_coils(address, count=count, device_id=unit), count)

    def inputs(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return _bits(self.client.read_discrete_inputs(address, count=count, device_id=unit), count)

    def holding(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return _registers(self.client.read_holding_registers(address, count=count, device_id=unit))

    def input_registers(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return _registers(self.client.read_input_registers(address, count=count, device_id=unit))

    def write_coil(self, address: int, value: bool, unit: int = UNIT) -> str:
        return _said(self.client.write_coil(address, value, device_id=unit)) or "taken"

    def write_coils(self, address: int, values: Sequence[bool], unit: int = UNIT) -> str:
        return _said(self.client.write_coils(address, list(values), device_id=unit)) or "taken"

    def write_register(self, address: int, value: int, unit: int = UNIT) -> str:
        return _said(self.client.write_register(address, value, device_id=unit)) or "taken"

    def write_registers(self, address: int, values: Sequence[int], unit: int = UNIT) -> str:
        return _said(self.client.write_registers(address, list(values), device_id=unit)) or "taken"


def _said(answer: Any) -> str:
    return f"exception {answer.exception_code}" if answer.isError() else ""


def _bits(answer: Any, count: int) -> list[int] | str:
    return _said(answer) or [int(bit) for bit in answer.bits[:count]]


def _registers(answer: Any) -> list[int] | str:
    return _said(answer) or list(answer.registers)


def more(line: Client, what: str) -> dict[str, str]:
    """What this client can ask for besides."""
    client = line.client
    found = {"status": _said(client.read_exception_status(device_id=UNIT))}
    if what == "analog":
        found["mask"] = _said(client.mask_write_register(address=0, and_mask=0xF2, or_mask=0x25, device_id=UNIT))
        answer = client.readwrite_registers(read_address=0, read_count=2, write_address=1, values=[7], device_id=UNIT)
        found["read and write"] = str(_registers(answer))
    return found


def main() -> None:
    host, port, what = sys.argv[1:]
    line = Client(host, int(port))
    found = drive(line, what) | {"more": more(line, what)}
    line.client.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
