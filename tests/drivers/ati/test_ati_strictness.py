"""The virtual box: commands of RDT, one client at a time, forms that refuse, saturation as the manuals say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import numpy as np
import pytest
from cellkit_ati.protocol.rdt import Command, Record, Request, decode_records, encode_request
from cellkit_ati.protocol.settings import COMMUNICATIONS, PAGE, SETTINGS, NetFtSettings, decode_settings
from cellkit_ati.virtual import VirtualNetFt

from cellkit.controller.plants.force_torque import BenchWrench
from cellkit.geometry import Wrench
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ForceTorqueModel
from cellkit.timing import run
from cellkit.transport import Datagram, MemoryNetwork
from cellkit.transport.http_client import http_client

HOST = "127.0.0.2"
BOX = (HOST, 49152)


class Client:
    """A bare client: it sends the bytes that a test gives it and looks at what comes."""

    def __init__(self, network: MemoryNetwork, socket: Datagram) -> None:
        self.socket = socket
        self.http = http_client(network, f"http://{HOST}", timeout=0.5)

    def ask(self, command: int, count: int = 0) -> None:
        self.socket.send(encode_request(Request(command, count)), BOX)

    async def datagrams(self, seconds: float) -> list[list[Record]]:
        found = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    found.append(decode_records((await self.socket.receive())[0]))
        return found

    async def records(self, seconds: float) -> list[Record]:
        return [record for datagram in await self.datagrams(seconds) for record in datagram]

    async def get(self, path: str, **query: object) -> httpx.Response:
        return await self.http.get(path, params={name: str(value) for name, value in query.items()})

    async def settings(self) -> NetFtSettings:
        return decode_settings((await self.get(PAGE)).content)


@contextlib.asynccontextmanager
async def box(model: str = "gamma", clients: int = 1) -> AsyncIterator[tuple[VirtualNetFt, BenchWrench, list[Client]]]:
    loaded = load_sensor(model, ForceTorqueModel)
    network, load = MemoryNetwork(), BenchWrench()
    virtual = VirtualNetFt(loaded, load)
    await virtual.start(network, HOST)
    those = [Client(network, await network.datagram(f"127.0.0.{3 + number}")) for number in range(clients)]
    try:
        yield virtual, load, those
    finally:
        for one in those:
            await one.http.aclose()
            one.socket.close()
        await virtual.stop()


def wrench(*values: float) -> Wrench:
    return Wrench(np.array(values[:3]), np.array(values[3:]), "flange")


def played(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def play() -> None:
        run(test())  # type: ignore[arg-type]

    play.__name__ = test.__name__
    return play


# --- requests -----------------------------------------------------------------------------------------------------


@played
async def test_a_count_ends_the_stream_and_numbers_begin_at_one() -> None:
    async with box() as (_, _, (client,)):
        for _ in range(2):
            client.ask(Command.START, 10)
            found = await client.records(0.1)
            assert [record.rdt_sequence for record in found] == list(range(1, 11))
        later = found[-1].ft_sequence
        client.ask(Command.START, 1)
        (record,) = await client.records(0.1)
        assert record.ft_sequence > later, "the box's own count goes on over streams"


@played
async def test_samples_are_counted_at_7000_hz() -> None:
    async with box() as (_, _, (client,)):
        client.ask(Command.START, 101)
        found = await client.records(0.5)
        assert found[100].ft_sequence - found[0].ft_sequence == 700


@played
async def test_a_stream_without_count_runs_until_it_is_stopped() -> None:
    async with box() as (_, _, (client,)):
        client.ask(Command.START)
        assert len(await client.records(0.5005)) == 500
        client.ask(Command.STOP)
        await client.records(0.01)
        assert await client.records(0.5) == []


@played
async def test_the_last_who_asks_gets_the_stream_and_anybody_stops_it() -> None:
    async with box(clients=2) as (_, _, (first, second)):
        first.ask(Command.START)
        await first.records(0.1)
        second.ask(Command.START)
        await second.records(0.1)
        await first.records(0.01)
        assert await first.records(0.1) == []
        first.ask(Command.STOP)
        await second.records(0.2)
        assert await second.records(0.1) == []


@played
async def test_buffered_mode_sends_several_records_in_a_datagram() -> None:
    async with box() as (_, _, (client,)):
        assert (await client.get(COMMUNICATIONS, comrdtbsiz=8)).status_code == 200
        client.ask(Command.START_BUFFERED, 20)
        assert [len(datagram) for datagram in await client.datagrams(0.2)] == [8, 8, 4]
        client.ask(Command.START_MULTI_UNIT, 2)
        assert [len(datagram) for datagram in await client.datagrams(0.2)] == [1, 1]


@played
async def test_what_is_no_request_is_ignored() -> None:
    async with box() as (virtual, _, (client,)):
        for data in (
            "4321000200000000",
            "12340002000000",
            "1234000200000000ff",
            "",
            "1234ffff00000000",
            "123480020000",
        ):
            client.socket.send(bytes.fromhex(data), BOX)
        client.ask(0x0005)
        client.ask(Command.START_SINGLE)
        client.socket.send(encode_request(Request(Command.START, 0, ("192.168.1.9", 5000))), BOX)
        assert await client.records(0.2) == []
        assert virtual.client is None, "nobody is sent records that he has not asked for"


@played
async def test_bias_takes_the_present_load_as_zero_and_a_form_takes_it_back() -> None:
    async with box() as (_, load, (client,)):
        load.value = wrench(10.0, -2.0, 5.0, 0.1, 0.0, -0.3)
        client.ask(Command.BIAS)
        client.ask(Command.START, 1)
        (record,) = await client.records(0.1)
        assert record.counts == (0, 0, 0, 0, 0, 0)
        assert (await client.settings()).bias == (10_000_000, -2_000_000, 5_000_000, 100_000, 0, -300_000)
        answer = await client.get(SETTINGS, **{f"setbias{axis}": 0 for axis in range(6)})
        assert answer.status_code == 200
        client.ask(Command.START, 1)
        (record,) = await client.records(0.1)
        assert record.counts == (10_000_000, -2_000_000, 5_000_000, 100_000, 0, -300_000)


@played
async def test_a_latched_threshold_is_reset_by_its_command() -> None:
    async with box() as (virtual, _, (client,)):
        virtual.switches()["fault"]("80010000")
        client.ask(Command.START, 1)
        assert (await client.records(0.1))[0].status == 0x80010000
        client.ask(Command.RESET_LATCH)
        client.ask(Command.START, 1)
        assert (await client.records(0.1))[0].status == 0


@played
async def test_an_axia_knows_other_commands_than_a_net_box() -> None:
    async with box("axia80-m20") as (virtual, _, (client,)):
        client.ask(Command.START_MULTI_UNIT, 1)
        assert await client.records(0.1) == []
        client.ask(Command.START_SINGLE, 1)
        assert len(await client.records(0.1)) == 1
        virtual.fault = 0x00010000
        client.ask(Command.RESET_LATCH)
        client.ask(Command.START, 1)
        assert (await client.records(0.1))[0].status == 0x00010000


# --- saturation ---------------------------------------------------------------------------------------------------


@played
async def test_a_net_box_tells_of_saturation_while_it_lasts() -> None:
    async with box() as (virtual, load, (client,)):
        load.value = wrench(0, 0, 400.5, 0, 0, 0)
        client.ask(Command.START)
        assert {record.status for record in await client.records(0.1)} == {0x80020000}
        load.value = wrench(0, 0, 399.5, 0, 0, 0)
        assert (await client.records(0.1))[-1].status == 0
        virtual.switches()["saturate"]()
        assert (await client.records(0.1))[-1].status == 0x80020000
        virtual.switches()["clear"]()
        assert (await client.records(0.1))[-1].status == 0


@played
async def test_an_axia_out_of_range_as_in_the_manuals_example() -> None:
    """Table 4.8 of 9610-05-Ethernet Axia-09: across 122.5 % of the range, so bit 30 is set; it stays for 32 samples."""
    async with box("axia80-m20") as (_, load, (client,)):
        client.ask(Command.START)
        load.value = wrench(87.5, -151.6, -500.0, 1.0, 2.0, -13.9)
        assert {record.status for record in await client.records(0.05)} == {0}, "104.5 % are not out of range"
        load.value = wrench(87.5, -151.6, -500.0, 1.0, 2.0, -17.5)
        assert (await client.records(0.05))[-1].status == 0xC0000000
        load.value = wrench(0, 0, 0, 0, 0, 0)
        statuses = [record.status for record in await client.records(0.1)]
        assert 30 <= statuses.count(0xC0000000) <= 33
        assert statuses[-1] == 0


# --- forms --------------------------------------------------------------------------------------------------------


@played
async def test_the_rate_can_be_set_as_near_as_the_electronics_can() -> None:
    async with box() as (_, _, (client,)):
        assert (await client.settings()).rate == 1000
        assert (await client.get(COMMUNICATIONS, comrdtrate=150)).status_code == 200
        assert (await client.settings()).rate == 152
        client.ask(Command.START)
        assert 151 <= len(await client.records(1.0)) <= 153


@played
async def test_forms_refuse_what_cannot_be_set_and_change_nothing() -> None:
    async with box() as (_, _, (client,)):
        before = await client.settings()
        for query in (
            {"comrdtrate": 0}, {"comrdtrate": 7001}, {"comrdtrate": "fast"}, {"comrdtbsiz": 41}, {"comrdte": 2},
            {"comrdtrate": 500, "comnetip": "10.0.0.1"}, {"setuserfilter": 1},
        ):  # fmt: skip
            answer = await client.get(COMMUNICATIONS, **query)
            assert answer.status_code == 400, query
        assert (await client.get(SETTINGS, comrdtrate=500)).status_code == 400, "a variable of another page"
        assert (await client.get("/config.htm")).status_code == 404
        assert await client.settings() == before


@played
async def test_rdt_can_be_switched_off() -> None:
    async with box() as (_, _, (client,)):
        client.ask(Command.START)
        await client.records(0.1)
        await client.get(COMMUNICATIONS, comrdte=0)
        await client.records(0.01)
        client.ask(Command.START)
        assert await client.records(0.1) == []
        assert not (await client.settings()).enabled


@played
async def test_a_mute_box_says_nothing_at_all() -> None:
    async with box() as (virtual, _, (client,)):
        virtual.switches()["mute"]()
        client.ask(Command.START)
        assert await client.records(0.1) == []
        with pytest.raises(httpx.TimeoutException):
            await client.get(PAGE)
        virtual.switches()["speak"]()
        client.ask(Command.START, 1)
        assert len(await client.records(0.1)) == 1


def test_the_same_run_gives_the_same_bytes() -> None:
    async def records_of_a_run() -> list[Record]:
        async with box() as (_, load, (client,)):
            load.value = wrench(1.0, 2.0, 3.0, 0.1, 0.2, 0.3)
            client.ask(Command.START, 50)
            return await client.records(0.2)

    first = run(records_of_a_run())
    assert len(first) == 50
    assert run(records_of_a_run()) == first


@pytest.mark.parametrize("words", ["", "xyz", "0", "100000000"])
def test_a_fault_is_a_word_of_32_bits(words: str) -> None:
    async def wrong() -> None:
        async with box() as (virtual, _, _):
            virtual.switches()["fault"](words)

    with pytest.raises(ValueError, match=r"fault HEX|invalid literal"):
        run(wrong())
