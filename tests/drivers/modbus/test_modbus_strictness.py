"""The virtual couplers refuse what a real one would refuse, with the specification's codes, and change nothing then."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from cellkit_modbus.virtual import WATCHDOG, VirtualDigitalCoupler
from modbus_bench import HOST, INPUTS, OUTPUTS, PORT, Bench, analog, digital

from cellkit.controller.plants.signal_image import IoImage
from cellkit.errors import TransportError
from cellkit.timing import run
from cellkit.transport import MemoryNetwork


def state(bench: Bench) -> dict[str, Any]:
    return dict(bench.image._values)


# --- digital terminals ----------------------------------------------------------------------------------------------


def test_inputs_are_discrete_inputs_and_outputs_are_coils() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        bench.image["door"] = True
        assert await client.ask("02 0000 0006") == "02 01 20"
        assert await client.ask("05 0009 ff00") == "05 00 09 ff 00"
        assert state(bench) == {"ready": False, "door": True, "clamp": False, "lamp": True}
        assert await client.ask("01 0000 000a") == "01 02 00 02"
        assert await client.ask("0f 0000 000a 02 0100") == "0f 00 00 00 0a"
        assert state(bench) == {"ready": False, "door": True, "clamp": True, "lamp": False}

    digital(test)


def test_terminals_that_nobody_has_wired_are_there() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        assert await client.ask("05 003f ff00") == "05 00 3f ff 00"
        assert await client.ask("01 003f 0001") == "01 01 01"
        assert await client.ask("02 003f 0001") == "02 01 00"

    digital(test)


def test_a_coupler_has_as_many_terminals_as_are_wired_at_least() -> None:
    async def main() -> None:
        network, outputs = MemoryNetwork(), {"far": 99}
        virtual = VirtualDigitalCoupler({}, outputs, IoImage(outputs))
        await virtual.start(network, HOST)
        bench = Bench(virtual, virtual._image)
        bench.network = network
        client = await bench.client()
        assert await client.ask("05 0063 ff00") == "05 00 63 ff 00"
        assert await client.ask("05 0064 ff00") == "85 02"
        await virtual.stop()

    run(main(), speed="max")


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        ("01 0040 0001", "81 02"),  # the first that does not exist
        ("01 003f 0002", "81 02"),  # one exists, one does not
        ("02 ffff 0001", "82 02"),
        ("05 0040 ff00", "85 02"),
        ("0f 003f 0002 01 03", "8f 02"),  # all or none
        ("0f 0000 0041 09 ffffffffffffffffff", "8f 02"),
        ("03 0000 0001", "83 02"),  # no registers here
        ("04 0000 0001", "84 02"),
        ("06 0000 0001", "86 02"),
        ("10 0000 0001 02 0001", "90 02"),
        ("16 0000 ffff 0001", "96 02"),
        ("17 0000 0001 0000 0001 02 0001", "97 02"),
        ("01 0000 0000", "81 03"),  # none at all
        ("01 0000 07d1", "81 03"),  # 2001
        ("02 0000 07d1", "82 03"),
        ("05 0000 0001", "85 03"),  # neither ff00 nor 0000
        ("05 0000 ff01", "85 03"),
        ("0f 0000 0000 00", "8f 03"),
        ("0f 0000 0009 01 ff", "8f 03"),  # nine coils in one byte
        ("0f 0000 0001 02 0101", "8f 03"),  # one in two
        ("0f 0000 07b1 f7" + 247 * " ff", "8f 03"),  # 1969
        ("01 0000", "81 03"),  # cut short
        ("07", "87 01"),  # a serial line's
        ("08 0000 1234", "88 01"),
        ("11", "91 01"),
        ("14 07 06 0001 0000 0001", "94 01"),
        ("2b 0e 01 00", "ab 01"),
        ("41", "c1 01"),
        ("00", "80 01"),
    ],
)
def test_what_a_digital_coupler_refuses(pdu: str, reply: str) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        before = state(bench)
        assert await client.ask(pdu) == reply
        assert state(bench) == before
        assert await client.ask("01 0000 0001") == "01 01 00", "and goes on"

    digital(test)


# --- analog terminals -----------------------------------------------------------------------------------------------


def test_inputs_are_input_registers_and_outputs_are_holding_registers() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        bench.image["pressure"], bench.image["level"] = 0.5, None
        assert await client.ask("04 0000 0004") == "04 08 40 00 00 00 00 00 80 00"
        bench.image["pressure"] = -0.01
        assert await client.ask("04 0000 0001") == "04 02 fe b8"
        bench.image["pressure"] = 1.5
        assert await client.ask("04 0000 0001") == "04 02 7f ff", "16 bits are full"
        assert await client.ask("06 0000 7fff") == "06 00 00 7f ff"
        assert await client.ask("10 0001 0002 04 0005 0000") == "10 00 01 00 02"
        assert await client.ask("03 0000 0003") == "03 06 7f ff 00 05 00 00"
        assert (bench.image["speed"], bench.image["valve"]) == (1.0, 0.0)

    analog(test)


def test_functions_for_several_registers_at_once() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        assert await client.ask("06 0000 00f0") == "06 00 00 00 f0"
        assert await client.ask("16 0000 00f2 0025") == "16 00 00 00 f2 00 25"
        assert await client.ask("17 0000 0001 0001 0002 04 0007 0008") == "17 02 00 f5"
        assert await client.ask("03 0000 0003") == "03 06 00 f5 00 07 00 08"

    analog(test)


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        ("04 0040 0001", "84 02"),
        ("04 003f 0002", "84 02"),
        ("03 ffff 0001", "83 02"),
        ("06 0040 0001", "86 02"),
        ("10 003f 0002 04 0001 0001", "90 02"),
        ("16 0040 ffff 0001", "96 02"),
        ("17 0040 0001 0000 0001 02 0001", "97 02"),  # and nothing is written
        ("17 0000 0001 0040 0001 02 0001", "97 02"),
        ("01 0000 0001", "81 02"),  # no bits here
        ("02 0000 0001", "82 02"),
        ("05 0000 ff00", "85 02"),
        ("0f 0000 0001 01 01", "8f 02"),
        ("04 0000 0000", "84 03"),
        ("04 0000 007e", "84 03"),  # 126
        ("03 0000 007e", "83 03"),
        ("06 0000 8000", "86 03"),  # beyond the range of a terminal
        ("10 0000 0002 04 0001 ffff", "90 03"),  # all or none
        ("10 0000 0002 02 0001", "90 03"),
        ("10 0000 0000 00", "90 03"),
        ("17 0000 0000 0000 0001 02 0001", "97 03"),
        ("17 0000 0001 0000 0001 02 8000", "97 03"),
        ("07", "87 01"),
        ("18 0000", "98 01"),
    ],
)
def test_what_an_analog_coupler_refuses(pdu: str, reply: str) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        before = state(bench)
        assert await client.ask(pdu) == reply
        assert state(bench) == before
        assert await client.ask("03 0000 0003") == "03 06 00 00 00 00 00 00", "and goes on"

    analog(test)


# --- units and framing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [0, 1, 255])
def test_units_that_are_the_coupler(unit: int) -> None:
    async def test(bench: Bench) -> None:
        assert await (await bench.client()).ask("01 0000 0001", unit) == "01 01 00"

    digital(test)


@pytest.mark.parametrize("unit", [2, 17, 247, 254])
def test_another_unit_is_a_target_that_a_gateway_does_not_find(unit: int) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        assert await client.ask("01 0000 0001", unit) == "81 0b"
        assert await client.ask("05 0000 ff00", unit) == "85 0b"
        assert not bench.image["clamp"]

    digital(test)


def test_what_is_no_modbus_ends_that_connection_and_no_other() -> None:
    async def test(bench: Bench) -> None:
        one, other = await bench.client(), await bench.client()
        one.stream.write(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(TransportError):
            assert await one.stream.read() == b""
        assert await other.ask("01 0000 0001") == "01 01 00"

    digital(test)


# --- the watchdog ---------------------------------------------------------------------------------------------------


def test_silence_drops_all_outputs_and_the_next_request_finds_them_off() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        await client.ask("05 0000 ff00")
        await client.ask("05 0001 ff00")  # not wired
        await asyncio.sleep(WATCHDOG - 0.01)
        assert bench.image["clamp"], "in time"
        await asyncio.sleep(0.02)
        assert not bench.image["clamp"]
        assert bench.virtual.dropped == 1
        await asyncio.sleep(10 * WATCHDOG)
        assert bench.virtual.dropped == 1, "once for each silence"
        assert await client.ask("01 0000 0002") == "01 01 00"

    digital(test)


def test_analog_outputs_drop_to_the_lower_end() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        await client.ask("10 0000 0003 06 7fff 0007 4000")
        await asyncio.sleep(WATCHDOG + 0.01)
        assert (bench.image["speed"], bench.image["valve"]) == (0.0, 0.0)
        assert await client.ask("03 0000 0003") == "03 06 00 00 00 00 00 00"

    analog(test)


@pytest.mark.parametrize(
    ("pdu", "unit", "feeds"),
    [
        ("01 0000 0001", 1, True),
        ("02 0000 0001", 1, True),
        ("05 0009 0000", 1, True),
        ("01 0000 0001", 2, False),  # another unit
        ("07", 1, False),  # unknown function
        ("01 0000 0000", 1, False),  # refused before it comes to the tables
    ],
)
def test_what_keeps_the_watchdog_content(pdu: str, unit: int, feeds: bool) -> None:
    async def test(bench: Bench) -> None:
        client, other = await bench.client(), await bench.client()
        await client.ask("05 0000 ff00")
        for _ in range(5):
            await asyncio.sleep(0.4 * WATCHDOG)
            await other.ask(pdu, unit)
        assert bench.image["clamp"] is feeds

    digital(test)


def test_a_coupler_that_hangs_answers_nobody_and_drops_its_outputs() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.client()
        await client.ask("05 0000 ff00")
        bench.virtual.switches()["mute"]()
        for _ in range(5):
            assert await client.ask("01 0000 0001") is None
        assert not bench.image["clamp"]
        bench.virtual.switches()["speak"]()
        other = await bench.client()
        assert await other.ask("01 0000 0001") == "01 01 00"

    digital(test)


# --- switches -------------------------------------------------------------------------------------------------------


def test_inputs_can_be_set_by_hand_and_nothing_else() -> None:
    async def test(bench: Bench) -> None:
        put = bench.virtual.switches()["set"]
        put("ready", "1")
        assert bench.image["ready"]
        assert bench.virtual.status_line() == "in ready=1 door=0, out clamp=0 lamp=0"
        for signal, value in (("clamp", "1"), ("nonsense", "1"), ("ready", "2"), ("ready", "on")):
            with pytest.raises(ValueError, match=r"set SIGNAL 0\|1, with an input of ready, door"):
                put(signal, value)

    digital(test)


def test_analog_inputs_can_be_set_by_hand_and_broken() -> None:
    async def test(bench: Bench) -> None:
        put = bench.virtual.switches()["set"]
        put("pressure", "0.25")
        put("level", "broken")
        assert (bench.image["pressure"], bench.image["level"]) == (0.25, None)
        assert bench.virtual.status_line() == "pressure=8192 level=32768 speed=0 valve=0"
        for signal, value in (("speed", "1"), ("pressure", "nan"), ("pressure", "much")):
            with pytest.raises(ValueError, match=r"pressure|nan|much"):
                put(signal, value)
        assert bench.image["pressure"] == 0.25

    analog(test)


def test_a_stopped_coupler_has_no_timer_left_and_can_be_started_again() -> None:
    async def main() -> None:
        image, network = IoImage([*INPUTS, *OUTPUTS]), MemoryNetwork()
        virtual = VirtualDigitalCoupler(INPUTS, OUTPUTS, image)
        for _ in range(2):
            await virtual.start(network, HOST)
            bench = Bench(virtual, image)
            bench.network = network
            await (await bench.client()).ask("05 0000 ff00")
            await virtual.stop()
            await asyncio.sleep(3 * WATCHDOG)
            assert (virtual.dropped, image["clamp"]) == (0, True), "nobody runs who could drop them"
            with pytest.raises(TransportError):
                await network.connect(HOST, PORT)

    run(main(), speed="max")
