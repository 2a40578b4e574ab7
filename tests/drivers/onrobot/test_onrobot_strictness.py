"""What the virtual box refuses, and with which exception; what it hears and ignores; what it does not hear at all."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_onrobot.protocol.vg import AMBIENT
from onrobot_bench import Bench, Raw, bench

OPEN, CLOSE = (400, 1100, 16), (400, 0, 16)


async def standing(client: Raw) -> float:
    """Wait until the fingers stand; their width in m."""
    for _ in range(500):
        status = await client.status()
        if not status.busy:
            break
        await asyncio.sleep(0.02)
    return status.width


# --- Modbus ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [0, 1, 64, 66, 67, 255])
def test_units_that_are_not_there_are_silent(unit: int) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        assert await client.ask("03 0102 0001", unit) is None
        assert await client.ask("03 0102 0001") == "03 02 00 00"

    bench(test)


@pytest.mark.parametrize("model", ["rg2", "vg10"])
@pytest.mark.parametrize(
    "pdu", ["01 0000 0001", "02 0000 0001", "04 0102 0001", "05 0000 ff00", "0f 0000 0001 01 01", "16 0000 ffff 0000",
            "07", "2b 0e 01 00"],
)  # fmt: skip
def test_other_functions_are_exception_1(model: str, pdu: str) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        assert await client.ask(pdu) == f"{int(pdu[:2], 16) | 0x80:02x} 01"

    bench(test, model)


RG_ADDRESSES = [
    "03 0003 0001", "03 0000 0004", "03 0101 0001", "03 0102 0013", "03 0114 0001", "03 0601 0001", "03 0600 0002",
    "06 0003 0001", "06 0102 0001", "06 010c 0000", "06 0600 0021", "10 0001 0003 06 0000 0000 0001",
    "10 0102 0001 02 0000", "03 0012 0002", "03 ffff 0001", "10 0407 0002 04 0000 0000",
]  # fmt: skip
VG_ADDRESSES = [
    "03 0003 0001", "03 0102 0003", "03 0101 0001", "03 0012 0002", "03 010b 0001", "06 0003 0001", "06 0102 0000",
    "10 0002 0002 04 01f4 0000",
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "pdu"), [*(("rg2", pdu) for pdu in RG_ADDRESSES), *(("vg10", pdu) for pdu in VG_ADDRESSES)]
)
def test_registers_that_are_not_there_are_exception_2(model: str, pdu: str) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        assert await client.ask(pdu) == f"{int(pdu[:2], 16) | 0x80:02x} 02"

    bench(test, model)


RG_VALUES = [
    "06 0000 0191", "06 0001 044d", "06 0002 0000", "06 0002 0002", "06 0002 0003", "06 0002 0011", "06 0002 ffff",
    "10 0000 0003 06 0191 0000 0010", "10 0000 0003 06 0190 044d 0010", "10 0000 0003 06 0190 0000 0004",
    "06 0407 0400", "03 0102 0000", "03 0102 007e", "10 0000 0003 04 0000 0000", "06 0000",
]  # fmt: skip
VG_VALUES = ["06 0000 0300", "06 0001 ff50", "10 0000 0002 04 0150 0300", "06 0002 03e9", "03 0102 0000"]


@pytest.mark.parametrize(
    ("model", "pdu"), [*(("rg2", pdu) for pdu in RG_VALUES), *(("vg10", pdu) for pdu in VG_VALUES)]
)
def test_values_out_of_range_are_exception_3_and_change_nothing(model: str, pdu: str) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        before = await client.read(0, 3)
        assert await client.ask(pdu) == f"{int(pdu[:2], 16) | 0x80:02x} 03"
        await asyncio.sleep(0.5)
        assert await client.read(0, 3) == before
        if model == "rg2":
            assert (await client.status()).width == pytest.approx(0.11)
        else:
            assert (await client.vacuum()).a == 0.0

    bench(test, model)


@pytest.mark.parametrize(("model", "force", "width"), [("rg2", 400, 1100), ("rg6", 1200, 1600)])
def test_the_ends_of_the_ranges_are_taken(model: str, force: int, width: int) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, force, width, 16)
        assert await client.read(0, 3) == [force, width, 16]
        assert await client.ask(f"06 0000 {force + 1:04x}") == "86 03"
        assert await client.ask(f"06 0001 {width + 1:04x}") == "86 03"

    bench(test, model)


@pytest.mark.parametrize(("model", "code"), [("rg2", 0x20), ("rg6", 0x21), ("vg10", 0x10)])
def test_every_tool_says_what_it_is(model: str, code: int) -> None:
    async def test(table: Bench) -> None:
        assert await (await table.client()).read(0x0600) == [code]

    bench(test, model)


def test_function_23_writes_and_reads_at_once() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        reply = await client.ask("17 010b 0002 0000 0003 06 0190 0320 0010")
        assert reply == "17 04 04 4c 00 00"
        await asyncio.sleep(1.0)
        assert (await client.status()).width == pytest.approx(0.08, abs=1e-4)

    bench(test)


def test_one_connection_at_a_time_the_next_one_waits() -> None:
    async def test(table: Bench) -> None:
        first, second = await table.client(), await table.client()
        assert await first.read(0x0600) == [0x20]
        assert await second.ask("03 0600 0001") is None
        first.stream.close()
        assert await second.frame() is not None
        assert await second.read(0x0600) == [0x20]

    bench(test)


def test_a_mute_box_hears_nothing() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        table.virtual.switches()["mute"]()
        assert await client.ask("10 0000 0003 06 0190 0000 0010") is None
        await asyncio.sleep(1.0)
        table.virtual.switches()["speak"]()
        assert (await client.status()).width == pytest.approx(0.11)

    bench(test)


# --- RG: one thing after the other ----------------------------------------------------------------------------------


def test_a_command_while_busy_is_taken_and_ignored() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.1)
        assert (await client.status()).busy
        await client.write(0, *OPEN)
        assert await standing(client) == pytest.approx(0.0, abs=1e-4)
        assert await client.read(0, 3) == list(OPEN)
        await asyncio.sleep(1.0)
        assert (await client.status()).width == pytest.approx(0.0, abs=1e-4)
        await client.write(2, 16)
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.11, abs=1e-4)

    bench(test)


def test_force_and_width_alone_start_nothing() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, 400, 300)
        await asyncio.sleep(0.5)
        assert (await client.status()).width == pytest.approx(0.11)
        await client.write(2, 1)
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.03, abs=1e-4)

    bench(test)


def test_busy_comes_a_moment_after_the_command() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, *CLOSE)
        assert not (await client.status()).busy
        await asyncio.sleep(0.02)
        assert (await client.status()).busy

    bench(test)


def test_stop_stops_also_what_has_not_begun() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, *CLOSE)
        await client.write(2, 8)
        await asyncio.sleep(0.5)
        assert (await client.status()).width == pytest.approx(0.11)
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.2)
        await client.write(2, 8)
        status = await client.status()
        assert not status.busy
        assert not status.grip_detected
        assert 0.05 < status.width < 0.1
        await asyncio.sleep(0.5)
        assert (await client.status()).width == status.width

    bench(test)


def test_a_grip_is_detected_at_a_part_and_nowhere_else() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.1)
        await standing(client)
        assert not (await client.status()).grip_detected
        await client.write(0, *OPEN)
        await asyncio.sleep(0.1)
        await standing(client)
        table.put_part()
        await client.write(0, 400, 400, 16)  # no further than the part is wide
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.04, abs=2e-4)
        assert not (await client.status()).grip_detected
        await client.write(0, *OPEN)
        await asyncio.sleep(0.1)
        await standing(client)
        table.put_part()
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.04, abs=2e-4)
        assert (await client.status()).grip_detected
        table.rig.lose_part()
        await asyncio.sleep(0.5)
        status = await client.status()
        assert not status.grip_detected
        assert status.width == pytest.approx(0.0, abs=1e-4)

    bench(test)


def test_widths_count_with_and_without_fingertips() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0x0407, 46)
        assert await client.read(0x0407) == [46]
        await client.write(0, 400, 400, 16)
        await asyncio.sleep(0.1)
        await standing(client)
        status = await client.status()
        assert (status.fingertip_offset, status.width, status.width_with_offset) == pytest.approx(
            (0.0046, 0.0492, 0.04)
        )
        await client.write(0, 400, 400, 1)
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.04)
        assert (await client.status()).width_with_offset == pytest.approx(0.0308)
        await client.write(0, *OPEN)  # bare fingers end at 110 mm, so the tips do before
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.11)
        assert (await client.status()).width_with_offset == pytest.approx(0.1008)
        await client.write(0, 400, 0, 1)  # and the tips meet before the fingers would
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.0092)
        await client.write(0x0407, 0x10000 - 20)
        assert (await client.status()).fingertip_offset == pytest.approx(-0.002)

    bench(test)


# --- RG: safety circuits and power ----------------------------------------------------------------------------------


def test_a_tripped_circuit_stops_the_fingers_and_keeps_them() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.2)
        table.virtual.switches()["safety"]("2")
        status = await client.status()
        assert (status.busy, status.pushed, status.tripped) == (False, (False, True), (False, True))
        assert (await client.read(268)) == [0b110000]
        table.virtual.switches()["release"]()
        assert (await client.read(268)) == [0b100000]
        await client.write(0, *OPEN)
        await asyncio.sleep(1.0)
        assert (await client.status()).width == status.width

    bench(test)


def test_power_cycles_by_the_box_and_the_tool_is_away_meanwhile() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        table.virtual.switches()["safety"]("1")
        table.virtual.switches()["release"]()
        assert await client.ask("06 0000 0002", 63) == "06 00 00 00 02"
        assert await client.ask("03 010c 0001") is None
        assert await client.ask("03 0000 0001", 63) == "03 02 00 02"
        assert table.virtual.status_line() == "off"
        await asyncio.sleep(2.0)
        assert await client.read(268) == [0]
        assert await client.read(0, 3) == [0, 0, 0]
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.1)
        assert await standing(client) == pytest.approx(0.0, abs=1e-4)

    bench(test)


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        ("06 0000 0001", "86 03"),
        ("06 0000 0000", "86 03"),
        ("06 0001 0002", "86 02"),
        ("10 0000 0002 04 0002 0002", "90 02"),
        ("03 0001 0001", "83 02"),
        ("03 0102 0001", "83 02"),
        ("04 0000 0001", "84 01"),
        ("03 0000 0001", "03 02 00 00"),
    ],
)
def test_the_box_itself_can_do_nothing_else(pdu: str, reply: str) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        assert await client.ask(pdu, 63) == reply
        assert await client.read(0x0600) == [0x20]

    bench(test)


def test_a_switch_that_is_pushed_at_power_on_is_an_error() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        table.virtual.switches()["safety"]("1")
        table.virtual.switches()["power"]()
        await asyncio.sleep(1.0)
        table.virtual.switches()["power"]()  # again, while it is still away
        await asyncio.sleep(1.0)
        assert await client.ask("03 010c 0001") is None
        await asyncio.sleep(1.0)
        assert await client.read(268) == [0b1000100]
        await client.write(0, *CLOSE)
        await asyncio.sleep(1.0)
        assert (await client.status()).width == pytest.approx(0.11)
        table.virtual.switches()["release"]()
        assert await client.read(268) == [0b1000000]
        table.virtual.switches()["power"]()
        await asyncio.sleep(2.0)
        assert await client.read(268) == [0]

    bench(test)


def test_power_goes_while_the_fingers_move_and_they_stand() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, *CLOSE)
        await asyncio.sleep(0.2)
        table.virtual.cycle_power()
        width = table.rig.device_bench.bench.plant.state().width  # type: ignore[union-attr]
        await asyncio.sleep(2.0)
        assert (await client.status()).width == pytest.approx(width, abs=1e-4)
        assert width > 0.05

    bench(test)


# --- VG -------------------------------------------------------------------------------------------------------------


def test_vacuum_builds_up_at_a_part_and_goes_when_released() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(0, 0x0150, 0x0150)
        await asyncio.sleep(0.5)
        assert (await client.vacuum()).a < 0.1 * AMBIENT
        await client.write(0, 0, 0)
        await asyncio.sleep(0.5)
        table.put_part()
        await client.write(0, 0x0150, 0x0150)
        await asyncio.sleep(0.3)
        assert (await client.vacuum()).a < 0.1 * AMBIENT
        await asyncio.sleep(0.1)
        assert await client.read(258, 2) == [800, 800]
        await client.write(0, 0, 0)
        await asyncio.sleep(0.1)
        assert 100 < (await client.read(258))[0] < 700
        await asyncio.sleep(0.15)
        assert await client.read(258, 2) == [0, 0]

    bench(test, "vg10")


def test_a_channel_holds_as_much_as_it_was_told() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        table.put_part()
        await client.write(0, 0x013C, 0x01FF)
        await asyncio.sleep(0.5)
        assert await client.read(258, 2) == [600, 800]
        assert await client.read(0, 3) == [0x013C, 0x01FF, 500]
        await client.write(1, 0x0200)
        assert await client.read(258, 2) == [600, 0]
        await client.write(0, 0x0200)  # both idle
        await asyncio.sleep(0.5)
        assert await client.read(258, 2) == [0, 0]

    bench(test, "vg10")


def test_the_current_limit_is_kept_and_power_resets_everything() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.write(2, 1000)
        assert await client.read(2) == [1000]
        table.put_part()
        await client.write(0, 0x0150, 0x0150)
        await asyncio.sleep(0.5)
        table.virtual.cycle_power()
        await asyncio.sleep(2.0)
        assert await client.read(0, 3) == [0, 0, 500]
        assert await client.read(258, 2) == [0, 0]

    bench(test, "vg10")


# --- switches -------------------------------------------------------------------------------------------------------


def test_switches_say_what_is_wrong_with_their_words() -> None:
    async def test(table: Bench) -> None:
        switches = table.virtual.switches()
        for name, word in (("safety", "3"), ("safety", "x"), ("offset", "x"), ("offset", "56")):
            with pytest.raises(ValueError, match=r".+"):
                switches[name](word)
        switches["offset"]("4.6")
        switches["safety"]()
        assert table.virtual.status_line() == (
            "110.0 mm, stands, offset 4.6 mm, switch 1 pushed, circuit 1 tripped"
        )  # fmt: skip
        assert table.virtual.title == "RG2"

    bench(test)


def test_a_leak_is_a_switch_of_the_vacuum_gripper() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        table.put_part()
        await client.write(0, 0x0150, 0x0150)
        await asyncio.sleep(0.5)
        assert table.virtual.status_line() == "A grip 81.1 kPa, B grip 81.1 kPa"
        table.virtual.switches()["leak"]("40000")
        await asyncio.sleep(1.0)
        assert 300 < (await client.read(258))[0] < 500
        table.virtual.cycle_power()
        assert table.virtual.status_line() == "off"
        assert table.virtual.title == "VG10"

    bench(test, "vg10")
