"""The driver: how it handles settings, losses, status words, silence and third parties."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from cellkit_ati.config import AtiConfig
from cellkit_ati.driver import NetFtSensor
from cellkit_ati.protocol.rdt import Command, Record, Request, encode_record, encode_request
from cellkit_ati.stamps import FAR, Stamps
from cellkit_ati.virtual import VirtualNetFt

from cellkit.controller.plants.force_torque import BenchWrench
from cellkit.devices import Lifecycle
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceFault
from cellkit.geometry import Wrench
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ForceTorqueModel
from cellkit.testing.contract import events
from cellkit.timing import now, run
from cellkit.transport import FaultyNetwork, LinkFaults, MemoryNetwork

HOST = "127.0.0.2"
BOX = (HOST, 49152)


class Bench:
    """A virtual box and a driver that was not connected yet."""

    def __init__(self, model: str, config: dict[str, Any], **calibration: Any) -> None:
        loaded = load_sensor(model, ForceTorqueModel)
        self.network, self.load, self.faults = MemoryNetwork(), BenchWrench(), LinkFaults()
        self.virtual = VirtualNetFt(loaded, self.load, **calibration)
        told = AtiConfig(host=HOST, local_host="127.0.0.3", **config)
        self.sensor = NetFtSensor("wrist", loaded, told, FaultyNetwork(self.network, self.faults))


@contextlib.asynccontextmanager
async def bench(model: str = "gamma", connect: bool = True, **options: Any) -> AsyncIterator[Bench]:
    calibration = {name: options.pop(name) for name in ("force_unit", "torque_unit", "counts") if name in options}
    bench = Bench(model, options, **calibration)
    await bench.virtual.start(bench.network, HOST)
    try:
        if connect:
            await bench.sensor.connect()
        yield bench
    finally:
        await bench.sensor.close()
        await bench.virtual.stop()


def played(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def play() -> None:
        run(test())  # type: ignore[arg-type]

    play.__name__, play.__doc__ = test.__name__, test.__doc__
    return play


def wrench(*values: float) -> Wrench:
    return Wrench(np.array(values[:3]), np.array(values[3:]), "flange")


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("force_unit", "torque_unit", "counts"),
    [("N", "Nm", (1_000_000, 1_000_000)), ("lbf", "lbf-in", (100_000, 80_000)), ("kN", "Nmm", (10**9, 1000)),
     ("kg", "kg-cm", (500_000, 12_345))],
)  # fmt: skip
def test_readings_are_in_si_units_whatever_the_box_counts_in(
    force_unit: str, torque_unit: str, counts: tuple[int, int]
) -> None:
    async def reads() -> None:
        async with bench(force_unit=force_unit, torque_unit=torque_unit, counts=counts) as on:
            on.load.value = wrench(12.0, -34.0, 56.0, 1.2, -3.4, 5.6)
            await asyncio.sleep(0.01)
            found = (await on.sensor.read()).wrench
            assert found.force == pytest.approx((12.0, -34.0, 56.0), abs=1e-4)
            assert found.torque == pytest.approx((1.2, -3.4, 5.6), abs=1e-4)

    run(reads())


@played
async def test_an_unknown_unit_is_named_and_nothing_stays_open() -> None:
    async with bench(connect=False) as on:
        on.virtual.gauge.torque_unit = "dyn-cm"
        with pytest.raises(ConnectionFailed, match="unknown unit of torque 'dyn-cm'"):
            await on.sensor.connect()
        assert on.sensor.lifecycle is Lifecycle.CLOSED
        assert on.virtual.client is None


@played
async def test_the_box_is_told_the_rate_that_is_asked_for() -> None:
    async with bench(rate=480) as on:
        assert on.virtual.rate == 500, "the next one that is 7000 / n"
        assert on.sensor.rate == 500.0
    async with bench(rate=480, set_rate=False) as on:
        assert (on.virtual.rate, on.sensor.rate) == (1000, 1000.0)


@played
async def test_a_box_that_cannot_be_told_goes_on_at_its_own_rate() -> None:
    async with bench(connect=False, rate=7812) as on:  # more than a Net Box does: its form refuses
        await on.sensor.connect()
        assert on.sensor.rate == 1000.0


@played
async def test_a_box_without_rdt_is_no_connection() -> None:
    async with bench(connect=False) as on:
        on.virtual.enabled = False
        with pytest.raises(ConnectionFailed, match=r"RDT is switched off .*comm\.htm"):
            await on.sensor.connect()


@played
async def test_a_tool_transformation_in_the_box_must_be_wanted() -> None:
    async with bench(connect=False) as on:
        on.virtual.transform = (0.0, 0.0, 132.71, 0.0, 0.0, 0.0)
        with pytest.raises(ConnectionFailed, match=r"0, 0, 132\.71, 0, 0, 0"):
            await on.sensor.connect()
    async with bench(connect=False, tool_transformation=True) as on:
        on.virtual.transform = (0.0, 0.0, 132.71, 0.0, 0.0, 0.0)
        await on.sensor.connect()
        await on.sensor.read()


@played
async def test_a_web_server_that_is_no_box_is_no_connection() -> None:
    async def other(stream: Any) -> None:
        await stream.read()
        stream.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with bench(connect=False) as on:
        await on.virtual.stop()
        listener = await on.network.listen(HOST, 80, other)
        with pytest.raises(ConnectionFailed, match="HTTP 404"):
            await on.sensor.connect()
        listener.close()


# --- the stream ---------------------------------------------------------------------------------------------------


@played
async def test_a_lost_start_is_sent_again() -> None:
    async with bench(connect=False) as on:
        on.virtual.enabled, asked = True, on.virtual._obey
        seen: list[int] = []

        def forgetful(command: int, count: int, sender: Any) -> None:
            seen.append(command)
            if seen.count(Command.START) > 2:
                asked(command, count, sender)

        on.virtual._obey = forgetful  # type: ignore[method-assign]
        await on.sensor.connect()
        assert seen.count(Command.START) == 3
        await on.sensor.read()


@played
async def test_the_stream_is_stopped_when_the_sensor_is_closed() -> None:
    async with bench() as on:
        assert on.virtual.client is not None
        await on.sensor.close()
        await asyncio.sleep(0.01)
        assert on.virtual.client is None


@played
async def test_lost_packets_are_counted_and_told_now_and_then() -> None:
    async with bench() as on:
        with events(on.sensor) as found:
            for _ in range(10):
                on.virtual.switches()["lose"]("3")
                await asyncio.sleep(0.3)
        assert on.sensor.lost_packets == 30
        told = [event for event in found if event.what == "packets_lost"]
        assert 2 <= len(told) <= 3, "at most one a second"
        assert sum(event.data["count"] for event in told) == told[-1].data["total"]
        await on.sensor.read()


@played
async def test_a_late_record_does_not_take_the_newest_ones_place() -> None:
    async with bench() as on:
        on.load.value = wrench(1.0, 0, 0, 0, 0, 0)
        on.virtual.switches()["lose"]("1")
        await asyncio.sleep(0.1005)
        assert on.sensor.lost_packets == 1
        newest = on.sensor._newest.value
        late = Record(newest.rdt_sequence - 5, newest.ft_sequence - 35, 0, (50_000_000, 0, 0, 0, 0, 0))
        on.virtual._send(encode_record(late))
        await asyncio.sleep(0.0002)
        assert (await on.sensor.read()).wrench.force[0] == pytest.approx(1.0)
        assert on.sensor.lost_packets == 0


@played
async def test_a_new_stream_from_the_box_is_followed() -> None:
    async with bench() as on:
        await asyncio.sleep(2.0)
        assert on.virtual.client is not None
        on.virtual._begin_stream(Command.START, 0, on.virtual.client)
        await asyncio.sleep(2.0)
        assert on.sensor.lifecycle is Lifecycle.OPEN
        assert on.sensor.lost_packets == 0


@played
async def test_strangers_and_garbage_are_ignored() -> None:
    async with bench() as on:
        on.load.value = wrench(1.0, 0, 0, 0, 0, 0)
        assert on.virtual.client is not None
        stranger = await on.network.datagram("127.0.0.9", 49152)
        for data in (encode_record(Record(1, 1, 0, (9, 9, 9, 9, 9, 9))), b"", b"x" * 37):
            stranger.send(data, on.virtual.client)
        on.virtual._send(b"x" * 37)
        await asyncio.sleep(0.1)
        assert on.sensor.ignored_datagrams == 4
        assert (await on.sensor.read()).wrench.force[0] == pytest.approx(1.0)


@played
async def test_silence_is_noticed_soon_and_the_way_back_is_to_connect() -> None:
    async with bench() as on:
        waiting = asyncio.ensure_future(on.sensor.wait_for(10.0))
        await asyncio.sleep(0.1)
        on.virtual.switches()["mute"]()
        since = now()
        with pytest.raises(ConnectionLost, match=r"no record for 0\.25 s"):
            await waiting
        assert 0.25 <= now() - since <= 0.35
        on.virtual.switches()["speak"]()
        await on.sensor.connect()
        await on.sensor.read()


@played
async def test_whoever_takes_the_stream_away_is_noticed() -> None:
    async with bench() as on:
        other = await on.network.datagram("127.0.0.9")
        other.send(encode_request(Request(Command.START)), BOX)
        await asyncio.sleep(0.5)
        assert on.sensor.lifecycle is Lifecycle.LOST
        assert on.virtual.client == other.local, "the driver does not fight for it"


@played
async def test_a_slow_stream_is_given_twenty_periods() -> None:
    async with bench(rate=10) as on:
        await asyncio.sleep(1.0)
        on.virtual.switches()["lose"]("15")
        await asyncio.sleep(1.9)
        assert on.sensor.lifecycle is Lifecycle.OPEN


@played
async def test_one_record_a_second_is_enough_to_begin_with() -> None:
    async with bench(rate=1) as on:
        assert on.sensor.rate == 1.0
        await on.sensor.read()


@played
async def test_a_box_that_sends_and_measures_nothing_is_a_fault() -> None:
    async with bench() as on:
        await asyncio.sleep(0.1)
        frozen = on.virtual._send

        def repeat(datagram: bytes) -> None:
            frozen(datagram[:4] + bytes.fromhex("00000100") + datagram[8:])

        on.virtual._send = repeat  # type: ignore[method-assign]
        await asyncio.sleep(0.2)
        await on.sensor.read()
        await asyncio.sleep(0.2)
        with pytest.raises(DeviceFault) as found:
            await on.sensor.read()
        assert found.value.code == "frozen"
        on.virtual._send = frozen  # type: ignore[method-assign]
        await asyncio.sleep(0.01)
        await on.sensor.read()


@played
async def test_a_web_server_that_drips_is_given_up() -> None:
    async def drips(stream: Any) -> None:
        await stream.read()
        stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            stream.write(b" ")
            await asyncio.sleep(0.5)

    async with bench(connect=False) as on:
        await on.virtual.stop()
        listener = await on.network.listen(HOST, 80, drips)
        since = now()
        with pytest.raises(ConnectionFailed, match="no answer for 1 s"):
            await on.sensor.connect()
        assert now() - since == pytest.approx(1.0)
        listener.close()


@played
async def test_every_record_wakes_whoever_waits() -> None:
    async with bench() as on:
        calls: list[float] = []
        end = on.sensor._watch(lambda: calls.append(now()))
        await asyncio.sleep(0.1005)
        end()
        await asyncio.sleep(0.1)
        assert len(calls) == 100


# --- status -------------------------------------------------------------------------------------------------------


@played
async def test_faults_have_the_vendors_code_and_the_text_of_the_bits() -> None:
    async with bench() as on:
        on.virtual.switches()["fault"]("88000000")
        await asyncio.sleep(0.01)
        with pytest.raises(DeviceFault, match="serial link communication error") as found:
            await on.sensor.read()
        assert found.value.code == "0x88000000"
        on.virtual.switches()["clear"]()
        await asyncio.sleep(0.01)
        await on.sensor.read()


@played
async def test_saturation_is_a_fault_of_the_box() -> None:
    async with bench() as on:
        on.virtual.switches()["saturate"]()
        await asyncio.sleep(0.01)
        with pytest.raises(DeviceFault, match="saturated") as found:
            await on.sensor.zero()
        assert found.value.code == "0x80020000"


@played
async def test_an_axia_speaks_its_own_bits() -> None:
    async with bench("axia80-m20") as on:
        on.virtual.switches()["fault"]("C0000000")
        await asyncio.sleep(0.01)
        with pytest.raises(DeviceFault, match="force or torque out of range"):
            await on.sensor.read()


@played
async def test_a_warning_is_told_and_the_measurement_goes_on() -> None:
    async with bench() as on:
        with events(on.sensor) as found:
            on.virtual.switches()["fault"]("80010000")
            await asyncio.sleep(0.1)
        await on.sensor.read()
        assert [(event.what, event.data) for event in found] == [
            ("status", {"code": "0x80010000", "text": "monitor condition latched"})
        ]


@played
async def test_the_boxes_own_bias_stays_what_it_is() -> None:
    async with bench() as on:
        on.load.value = wrench(0, 0, 10.0, 0, 0, 0)
        await asyncio.sleep(0.01)
        await on.sensor.zero()
        assert (await on.sensor.read()).wrench.force[2] == 0.0
        assert on.virtual.gauge.bias == [0] * 6


# --- stamps -------------------------------------------------------------------------------------------------------


def test_stamps_keep_the_beat_of_the_box_not_of_the_network() -> None:
    stamps = Stamps(0.001)
    found = []
    for number in range(1000):
        delay = (0.0, 0.004, 0.0004, 0.002, 0.0007)[number % 5] if number else 0.0
        stamps.take(number * 0.001 + delay, 1 if number else 0)
        found.append(stamps.newest)
    steps = np.diff(found)
    assert steps.max() < 0.0011
    assert (np.array(found) <= np.arange(1000) * 0.001 + 0.0015).all()


def test_stamps_follow_a_slower_clock_and_bridge_losses() -> None:
    stamps = Stamps(0.001)
    for number in range(20000):
        stamps.take(number * 0.001001, 1 if number else 0)
    assert stamps.newest == pytest.approx(19999 * 0.001001, abs=2e-4)
    before = stamps.newest
    stamps.take(before + 0.5, 500)
    assert stamps.newest == pytest.approx(before + 0.5, abs=1e-3)


def test_a_long_pause_begins_anew() -> None:
    stamps = Stamps(0.001)
    stamps.take(1.0, 0)
    stamps.take(1.0 + 2 * FAR, 1)
    assert stamps.newest == 1.0 + 2 * FAR
