"""Drives a virtual coupler with modbus-tk; prints one JSON object. Arguments: host, port, what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from coupler_sequence import UNIT, drive
from modbus_tk import defines
from modbus_tk.exceptions import ModbusError
from modbus_tk.modbus_tcp import TcpMaster


class Client:
    """modbus-tk's master as the sequence wants it."""

    def __init__(self, host: str, port: int) -> None:
        self.master = TcpMaster(host, port, timeout_in_sec=5.0)

    def ask(self, unit: int, function: int, address: int, count: int = 0, output: Any = 0, **more: Any) -> Any:
        try:
            return self.master.execute(unit, function, address, count, output, **more)
        except ModbusError as error:
            return f"exception {error.get_exception_code()}"

    def _read(self, unit: int, function: int, address: int, count: int) -> list[int] | str:
        found = self.ask(unit, function, address, count)
        return found if isinstance(found, str) else list(found)

    def _write(self, unit: int, function: int, address: int, output: Any) -> str:
        said = self.ask(unit, function, address, output=output)
        return said if isinstance(said, str) else "taken"

    def coils(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(unit, defines.READ_COILS, address, count)

    def inputs(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(unit, defines.READ_DISCRETE_INPUTS, address, count)

    def holding(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(unit, defines.READ_HOLDING_REGISTERS, address, count)

    def input_registers(self, address: int, count: int, unit: int = UNIT) -> list[int] | str:
        return self._read(unit, defines.READ_INPUT_REGISTERS, address, count)

    def write_coil(self, address: int, value: bool, unit: int = UNIT) -> str:
        return self._write(unit, defines.WRITE_SINGLE_COIL, address, int(value))

    def write_coils(self, address: int, values: Sequence[bool], unit: int = UNIT) -> str:
        return self._write(unit, defines.WRITE_MULTIPLE_COILS, address, [int(value) for value in values])

    def write_register(self, address: int, value: int, unit: int = UNIT) -> str:
        return self._write(unit, defines.WRITE_SINGLE_REGISTER, address, value)

    def write_registers(self, address: int, values: Sequence[int], unit: int = UNIT) -> str:
        return self._write(unit, defines.WRITE_MULTIPLE_REGISTERS, address, list(values))


def more(line: Client, what: str) -> dict[str, str]:
    """What this client can ask for besides."""
    found: dict[str, Any] = {
        "status": line.ask(UNIT, defines.READ_EXCEPTION_STATUS, 0),
        "2001 coils": line.coils(0, 2001),
        "126 registers": line.holding(0, 126),
        "no coils": line.coils(0, 0),
    }
    if what == "analog":
        found["mask"] = line.ask(UNIT, defines.MASK_WRITE_REGISTER, 0, and_mask=0xF2, or_mask=0x25)
        found["read and write"] = line.ask(
            UNIT, defines.READ_WRITE_MULTIPLE_REGISTERS, 0, 2, [7], write_starting_address_fc23=1
        )
    return {name: str(value) for name, value in found.items()}


def main() -> None:
    host, port, what = sys.argv[1:]
    line = Client(host, int(port))
    found = drive(line, what) | {"more": more(line, what)}
    line.master.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
