"""Analog signals of a coupler: scaling both ways, what lies outside the range, broken wires, substitute values."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from cellkit_modbus.protocol.tables import to_register, to_share
from cellkit_modbus.virtual import WATCHDOG
from hypothesis import given
from hypothesis import strategies as st
from modbus_bench import ANALOG_INPUTS, ANALOG_OUTPUTS, Bench, analog, heard_from

from cellkit.devices import Lifecycle
from cellkit.errors import ConfigError, ConnectionFailed, ConnectionLost, DeviceFault, LimitViolation, MotionTimeout

PRESSURE, LEVEL = 0, 3  # addresses of the inputs
SPEED, VALVE = 0, 2  # of the outputs

# --- scaling --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("register", "full", "share"),
    [
        (0, 32767, 0.0),
        (32767, 32767, 1.0),
        (0x4000, 32767, 16384 / 32767),
        (0xFFFF, 32767, -1 / 32767),  # not twice the range
        (0x8001, 32767, -1.0),
        (27648, 27648, 1.0),
        (32511, 27648, 32511 / 27648),
        (0xED00, 27648, -4864 / 27648),
        (0xFFFF, 65535, 1.0),  # all 16 bits
        (0x8000, 65535, 32768 / 65535),
        (0xFFFF, 40000, 65535 / 40000),
        (4095, 4095, 1.0),
    ],
)
def test_registers_as_shares_of_the_range(register: int, full: int, share: float) -> None:
    assert to_share(register, full) == share


@given(st.floats(-3, 3), st.integers(1, 65535))
def test_a_share_and_back(share: float, full: int) -> None:
    register = to_register(share, full)
    assert 0 <= register <= 0xFFFF
    low, high = (-32767, 32767) if full <= 32767 else (0, 65535)
    expected = min(high, max(low, share * full)) / full
    assert abs(to_share(register, full) - expected) <= 0.5 / full + 1e-9


def test_every_signal_is_where_its_terminal_is_and_in_its_unit() -> None:
    async def test(bench: Bench) -> None:
        async with bench.analog() as io:
            bench.image["pressure"], bench.image["level"] = 0.25, 0.75
            assert await io.wait_for("pressure", above=1.0, timeout=1.0) == pytest.approx(2.5, abs=1e-3)
            assert await io.read("level") == pytest.approx(-50.0, abs=1e-2), "its range runs downwards"
            await io.write("speed", 750.0)
            await io.write("valve", -0.5)
            assert bench.image["speed"] == pytest.approx(0.25, abs=1e-4)
            assert bench.image["valve"] == pytest.approx(0.25, abs=1e-4)
            assert await io.read("speed") == pytest.approx(750.0, abs=0.05)
            assert await io.read("valve") == pytest.approx(-0.5, abs=1e-4)

    analog(test)


def test_other_counts_for_the_whole_range() -> None:
    async def test(bench: Bench) -> None:
        bench.alter("input_registers", {PRESSURE: 13824, LEVEL: 27648})
        async with bench.analog(analog_full=27648) as io:
            assert await io.read("pressure") == 5.0
            assert await io.read("level") == -100.0
            await io.write("speed", 3000.0)
            assert bench.virtual._get("holding", SPEED, 1) == [27648]

    analog(test)


def test_all_sixteen_bits_without_a_sign() -> None:
    async def test(bench: Bench) -> None:
        bench.alter("input_registers", {PRESSURE: 0xFFFF, LEVEL: 0x8000})
        async with bench.analog(analog_full=65535, analog_broken=None) as io:
            assert await io.read("pressure") == 10.0
            assert await io.read("level") == pytest.approx(0.0, abs=0.01)

    analog(test)


def test_registers_are_counted_from_the_first_addresses() -> None:
    async def test(bench: Bench) -> None:
        inputs = {"level": replace(ANALOG_INPUTS["level"], terminal=1)}
        outputs = {"valve": replace(ANALOG_OUTPUTS["valve"], terminal=0)}
        async with bench.analog(inputs, outputs, first_analog_input=2, first_analog_output=2) as io:
            bench.image["level"] = 1.0
            await io.wait_for("level", below=-99.0, timeout=1.0)
            await io.write("valve", 1.0)
            assert bench.image["valve"] == 1.0

    analog(test)


def test_an_output_outside_its_range_is_refused_with_the_figures_and_nothing_is_sent() -> None:
    async def test(bench: Bench) -> None:
        async with bench.analog() as io:
            await io.write("speed", 300.0)
            for value in (-0.1, 3000.1, float("inf"), float("nan")):
                with pytest.raises(LimitViolation, match=r"is outside 0 to 3000 1/min"):
                    await io.write("speed", value)
            assert bench.image["speed"] == pytest.approx(0.1, abs=1e-4)

    analog(test)


# --- outside the range ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("register", "value"),
    [(0xFFFF, -10 / 32767), (to_register(-0.05, 32767), -0.5), (to_register(-0.0999, 32767), -0.999)],
)
def test_a_little_below_the_range_is_told_as_it_is(register: int, value: float) -> None:
    async def test(bench: Bench) -> None:
        bench.alter("input_registers", {PRESSURE: register})
        async with bench.analog() as io:
            assert await io.read("pressure") == pytest.approx(value, abs=1e-3)

    analog(test)


def test_a_little_above_the_range_is_told_as_it_is() -> None:
    async def test(bench: Bench) -> None:
        bench.alter("input_registers", {PRESSURE: 29030})
        async with bench.analog(analog_full=27648) as io:
            assert await io.read("pressure") == pytest.approx(10.5, abs=1e-3)

    analog(test)


@pytest.mark.parametrize(
    ("register", "code", "words"),
    [
        (0x8000, "wire-break", "the wire is broken"),
        (0x8001, "under-range", "too far below"),
        (0xED00, "under-range", "too far below"),
        (32511, "over-range", "too far above"),
        (0x7FFF, "over-range", "too far above"),
    ],
)
def test_what_is_no_value_is_a_fault_that_ends_waits_and_passes(register: int, code: str, words: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.analog(analog_full=27648) as io:
            waiting = asyncio.ensure_future(io.wait_for("pressure", above=9.0, timeout=60.0))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            values = {PRESSURE: register}
            bench.alter("input_registers", values)
            with pytest.raises(DeviceFault, match=rf"pressure: {words}.*{register:#06x}") as caught:
                await waiting
            assert caught.value.code == code
            with pytest.raises(DeviceFault):
                await io.read("pressure")
            assert await io.read("level") == 100.0, "the other terminal is well"
            assert io.lifecycle is Lifecycle.OPEN
            values[PRESSURE] = 13824
            await asyncio.sleep(0.05)
            assert await io.read("pressure") == 5.0

    analog(test)


def test_how_far_outside_is_a_setting() -> None:
    async def test(bench: Bench) -> None:
        bench.alter("input_registers", {PRESSURE: 32511, LEVEL: 0xFFFF})
        async with bench.analog(analog_full=27648, analog_beyond=0.18) as io:
            assert await io.read("pressure") == pytest.approx(11.76, abs=0.01)
        async with bench.analog(analog_full=27648, analog_beyond=0.0) as io:
            with pytest.raises(DeviceFault, match="level"):
                await io.read("level")

    analog(test)


def test_another_code_for_a_broken_wire_and_none() -> None:
    async def test(bench: Bench) -> None:
        bench.alter("input_registers", {PRESSURE: 32767, LEVEL: 0x8000})
        async with bench.analog(analog_full=27648, analog_broken=32767) as io:
            with pytest.raises(DeviceFault, match="pressure: the wire is broken"):
                await io.read("pressure")
        async with bench.analog(analog_broken=None) as io:
            assert await io.read("pressure") == 10.0
            with pytest.raises(DeviceFault, match="too far below"):
                await io.read("level")

    analog(test)


def test_a_broken_wire_by_the_couplers_own_switch() -> None:
    async def test(bench: Bench) -> None:
        async with bench.analog() as io:
            bench.virtual.switches()["set"]("pressure", "broken")
            await asyncio.sleep(0.1)
            with pytest.raises(DeviceFault, match="wire-break"):
                await io.wait_for("pressure", above=1.0)

    analog(test)


# --- outputs --------------------------------------------------------------------------------------------------------


def test_outputs_that_fall_to_their_substitute_values_are_told_in_their_unit() -> None:
    async def test(bench: Bench) -> None:
        async with bench.analog(poll_period=1.5 * WATCHDOG) as io:
            events = heard_from(io)
            await io.write("speed", 1500.0)
            await io.write("valve", 1.0)
            await asyncio.sleep(3 * WATCHDOG)
            told = {one.data["signal"]: one.data for one in events if one.what == "output_changed"}
            assert told["speed"]["value"] == 0.0
            assert told["speed"]["was"] == pytest.approx(1500.0, abs=0.1)
            assert (told["valve"]["value"], told["valve"]["was"]) == (-1.0, 1.0), "0 is the lower end of its range"
            assert await io.read("valve") == -1.0

    analog(test)


def test_a_coupler_that_keeps_fewer_bits_has_taken_the_value() -> None:
    async def test(bench: Bench) -> None:
        put = bench.virtual._put
        bench.virtual._put = lambda table, at, values: put(  # type: ignore[method-assign]
            table, at, [value & 0xFF00 for value in values]
        )
        async with bench.analog() as io:
            events = heard_from(io)
            await io.write("speed", 1234.0)
            assert await io.read("speed") == pytest.approx(1234.0, abs=24.0), "a 7-bit step is 23.4"
            await asyncio.sleep(0.2)
            assert [one.what for one in events] == ["written"]

    analog(test)


def test_an_output_that_is_taken_and_not_set_is_a_fault() -> None:
    async def test(bench: Bench) -> None:
        async with bench.analog() as io:
            bench.alter("holding", {SPEED: 0})
            with pytest.raises(DeviceFault, match=r"not-set: speed was set to 1500.*the coupler has 0"):
                await io.write("speed", 1500.0)
            await io.write("valve", 0.5)

    analog(test)


def test_silence_is_a_lost_link_and_outputs_are_found_fallen_after_it() -> None:
    async def test(bench: Bench) -> None:
        io = bench.analog()
        await io.connect()
        await io.write("speed", 1500.0)
        waiting = asyncio.ensure_future(io.wait_for("pressure", above=5.0))
        await asyncio.sleep(2.0)
        bench.faults.silent = True
        with pytest.raises(ConnectionLost, match="no answer"):
            await waiting
        await asyncio.sleep(WATCHDOG)
        assert bench.image["speed"] == 0.0
        bench.faults.restore()
        await io.connect()
        assert await io.read("speed") == 0.0
        with pytest.raises(MotionTimeout):
            await io.wait_for("pressure", above=5.0, timeout=0.5)
        await io.close()

    analog(test)


# --- no connection --------------------------------------------------------------------------------------------------


def test_registers_that_are_not_there_are_no_connection() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(ConnectionFailed, match="function 4 at 100: Modbus exception 2"):
            await bench.analog(first_analog_input=100).connect()
        with pytest.raises(ConfigError, match="first_analog_output 65534 is address 65536"):
            bench.analog(first_analog_output=65534)

    analog(test)


def test_a_digital_coupler_at_the_other_end_is_no_connection() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(ConnectionFailed, match="function 2 at 0: Modbus exception 2"):
            await bench.io().connect()

    analog(test)
