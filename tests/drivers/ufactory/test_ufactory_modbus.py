"""The standard Modbus side of the virtual control box: the vendor's register map, strictly."""

from __future__ import annotations

import asyncio
import math
import struct

import pytest
from cellkit_ufactory.protocol.modbus import ModbusRequest
from cellkit_ufactory.protocol.numbers import Function as F
from ufactory_manual import MODBUS, raw
from ufactory_raw import Bench, Raw, bench


async def read(client: Raw, function: int, address: int, count: int) -> list[int]:
    reply = await client.modbus(struct.pack(">BHH", function, address, count))
    assert reply[0] == function
    return [value for (value,) in struct.iter_unpack(">h", reply[2:])]


@pytest.mark.parametrize("function", [0x01, 0x02, 0x03, 0x04, 0x05, 0x0F, 0x16])
def test_replies_have_the_form_of_the_manual(function: int) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        request, reply = (raw(text) for text in MODBUS[function])
        found = await client.modbus(request[7:])
        assert len(found) == len(reply) - 7
        assert found[0] == function

    bench(test)


@pytest.mark.parametrize(
    ("pdu", "exception"),
    [
        ("07", "87 01"),
        ("2B 0E 01 00", "AB 01"),
        ("01 01F8 0010", "81 02"),  # coils beyond 511
        ("02 0080 0001", "82 02"),
        ("04 0080 0001", "84 02"),
        ("06 0028 0001", "86 02"),  # reserved
        ("05 0028 FF00", "85 02"),
        ("10 01FF 0002 04 0001 0001", "90 02"),
        ("01 0000 0000", "81 03"),
        ("03 0000 007E", "83 03"),
        ("05 0002 0001", "85 03"),
        ("0F 0002 0003 02 07 00", "8F 03"),
        ("10 0100 0002 04 0001", "90 03"),
        ("06 0020 0003", "86 03"),  # a mode that is not available
        ("06 0021 0007", "86 03"),
        ("03 0000", "83 03"),
    ],
)
def test_what_is_wrong_gets_the_exception_of_the_manual(pdu: str, exception: str) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        assert await client.modbus(raw(pdu)) == raw(exception)
        assert table.box.mode == 0
        assert table.box.state == 2

    bench(test)


def test_measured_values_are_scaled_as_the_map_says() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.ask(F.SET_LOAD, struct.pack("<4f", 0.82, 1.0, 2.0, 48.0))
        x, y, z, roll, pitch, yaw = struct.unpack("<6f", (await client.ask(F.GET_TCP_POSE)).data)
        angles = [round(10 * math.degrees(angle)) for angle in (roll, pitch, yaw)]
        assert (await read(client, 4, 64, 6))[:3] == [round(10 * value) for value in (x, y, z)]
        assert [abs(value) for value in (await read(client, 4, 67, 3))] == [abs(value) for value in angles]
        assert await read(client, 4, 73, 4) == [820, 10, 20, 480]
        joints = [round(10 * math.degrees(q)) for q in table.rig.true_joints()]
        assert await read(client, 4, 89, 7) == [*joints, 0]
        await client.ask(F.COUNTER_PLUS)
        assert await read(client, 4, 34, 2) == [0, 1]

    bench(test)


def test_states_and_modes_act_on_the_same_control_box() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()

        async def write(function: int, address: int, value: int) -> None:
            request = ModbusRequest(function, write_address=address, values=(value,))
            assert await client.modbus(request.encode()) == request.encode()

        await write(5, 150, 1)  # mode 4
        assert (await client.state(), table.box.mode) == (5, 4)
        await write(6, 33, 0)
        assert await client.state() == 2
        await write(5, 145, 1)  # stopped
        assert await client.state() == 4
        await write(5, 145, 0)
        assert await client.state() == 2
        await write(5, 136, 0)  # joint 2 disabled
        assert table.box.enabled == 0b111101
        await write(5, 136, 1)
        await write(6, 32, 0)
        await write(6, 33, 0)
        await client.ask(F.MOVE_JOINT, struct.pack("<10f", 0.5, -0.443, -0.762, 0, 1.206, 0, 0, 0.3, 5.0, 0))
        await asyncio.sleep(0.3)
        await write(5, 144, 1)  # paused
        assert await client.state() == 3
        await write(5, 144, 0)
        assert await client.state() == 1
        table.virtual.press_emergency_stop()
        assert await read(client, 4, 32, 1) == [1]

    bench(test)
