"""Drives the standard Modbus side of a virtual control box with pymodbus; prints one JSON object.

Arguments: host and control port.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from pymodbus.client import ModbusTcpClient


def words(answer: Any) -> list[int] | str:
    return f"exception {answer.exception_code}" if answer.isError() else list(answer.registers)


def bits(answer: Any, count: int) -> list[bool] | str:
    return f"exception {answer.exception_code}" if answer.isError() else list(answer.bits[:count])


def main() -> dict[str, Any]:
    client = ModbusTcpClient(sys.argv[1], port=int(sys.argv[2]))
    assert client.connect()
    found: dict[str, Any] = {
        "mode_and_state": words(client.read_holding_registers(32, count=2)),
        "brakes_and_enabled": bits(client.read_coils(128, count=14), 14),
        "modes": bits(client.read_coils(146, count=14), 14),
        "inputs": bits(client.read_discrete_inputs(0, count=16), 16),
        "pose": words(client.read_input_registers(64, count=9)),
        "joints": words(client.read_input_registers(89, count=7)),
    }
    client.write_coil(2, True)
    found["outputs"] = bits(client.read_coils(0, count=4), 4)
    client.write_coils(32, [True, True])
    found["tool_outputs"] = words(client.read_holding_registers(2, count=1))
    client.write_registers(256, [1234, 3456])
    client.mask_write_register(address=256, and_mask=0x000F, or_mask=0x0F00)
    found["user"] = words(client.read_holding_registers(256, count=2))
    found["read_write"] = words(
        client.readwrite_registers(read_address=256, read_count=1, write_address=257, values=[7])
    )
    client.write_register(3, 5000)
    found["analog"] = words(client.read_holding_registers(3, count=1))
    found["stop"] = [words(client.write_register(33, 4)), words(client.read_holding_registers(33, count=1))]
    found["stopped_bit"] = bits(client.read_coils(145, count=1), 1)
    client.write_register(33, 0)
    time.sleep(0.2)
    found["ready"] = words(client.read_holding_registers(33, count=1))
    client.write_coil(150, True)  # mode 4
    found["mode_4"] = words(client.read_holding_registers(32, count=2))
    client.write_register(32, 0)
    client.write_register(33, 0)
    found["beyond"] = words(client.read_holding_registers(510, count=3))
    found["reserved"] = words(client.write_register(40, 1))
    found["no_such_mode"] = words(client.write_register(32, 3))
    found["files"] = words(client.read_file_record([]))
    client.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
