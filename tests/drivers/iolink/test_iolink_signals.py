"""The driver of digital signals: ports in the wrong mode, masters that refuse, fail or are silent."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_iolink.config import IotCoreIoConfig
from cellkit_iolink.session import RETRIES
from cellkit_iolink.signals import IotCoreDigitalIO
from iolink_bench import IoBench, core_of, play
from iolink_sensing import SOON, failing

from cellkit.cell.kinds.digital_io import BENCH_INPUTS as INPUTS
from cellkit.cell.kinds.digital_io import BENCH_OUTPUTS as OUTPUTS
from cellkit.devices import Lifecycle
from cellkit.errors import (
    CommandRejected,
    ConfigError,
    ConnectionFailed,
    ConnectionLost,
    DeviceFault,
    ProtocolError,
)
from cellkit.transport import MemoryNetwork


def test_signals_on_ports_that_are_not_theirs() -> None:
    async def test(bench: IoBench) -> None:
        await failing(bench.io(first_input=3).connect(), ConnectionFailed, "part_ready on port 3", "mode 3, not 1")
        await failing(bench.io(first_output=7).connect(), ConnectionFailed, "clamp on port 7", "not 2 (digital output)")
        await failing(bench.io(first_output=8).connect(), ConnectionFailed, "clamp on port 8")
        await failing(bench.io(first_output=9).connect(), ConnectionFailed, "clamp on port 9", "no such port")
        async with bench.io() as io:
            assert [await io.read(signal) for signal in (*io.inputs, *io.outputs)] == [False] * 4

    play(IoBench(), test)


def test_a_port_cannot_be_both() -> None:
    for config in (IotCoreIoConfig(first_output=2), IotCoreIoConfig(first_input=5)):
        with pytest.raises(ConfigError, match="are both on port"):
            IotCoreDigitalIO("io", INPUTS, OUTPUTS, config, MemoryNetwork())


def test_a_port_whose_mode_is_changed_is_a_fault_of_its_signal() -> None:
    async def test(bench: IoBench) -> None:
        async with bench.io() as io:
            waiting = asyncio.ensure_future(io.wait_for("part_ready", True))
            await asyncio.sleep(SOON)
            bench.throw("mode 1 3")
            await failing(waiting, DeviceFault, "part_ready", "mode 3, not 1")
            assert await io.read("door_closed") is False
            await io.write("clamp", True)
            bench.throw("mode 5 0")
            await asyncio.sleep(SOON)
            assert not bench.image["clamp"]
            await failing(io.write("clamp", True), CommandRejected, "503")
            assert (await failing(io.read("clamp"), DeviceFault, "clamp")).code == "wrong-mode"
            bench.throw("mode 5 2")
            bench.throw("mode 1 1")
            await io.write("clamp", True)
            assert await io.read("clamp") is True
            bench.throw("set part_ready 1")
            await io.wait_for("part_ready", timeout=SOON)

    play(IoBench(), test)


def test_signals_of_a_busy_silent_or_secured_master() -> None:
    async def test(bench: IoBench) -> None:
        async with bench.io(answer_timeout=0.5) as io:
            bench.throw(f"http500 {RETRIES}")
            await io.write("lamp", True)
            assert bench.image["lamp"]
            bench.throw("mute")
            waiting = asyncio.ensure_future(io.wait_for("part_ready"))
            await failing(io.write("lamp", False), ConnectionLost, "no answer")
            await failing(waiting, ConnectionLost, "no answer")
            assert io.lifecycle is Lifecycle.LOST
        bench.throw("speak")
        bench.throw("secure")
        async with bench.io(tls=True, user="administrator", password="password") as io:
            await io.write("lamp", False)
            assert not bench.image["lamp"]
        await failing(bench.io(tls=True).connect(), ConnectionFailed, "`user` and `password`")

    play(IoBench(), test)


def test_a_write_that_fails_is_told_and_the_next_one_works() -> None:
    async def test(bench: IoBench) -> None:
        async with bench.io() as io:
            async with core_of(bench) as client:
                await client.set("/iolinkmaster/port[6]/mode", 0)
            error = await failing(io.write("lamp", True), CommandRejected, "port[6]", "503")
            assert not isinstance(error, ProtocolError)
            await io.write("clamp", True)
            assert bench.image["clamp"]

    play(IoBench(), test)


def test_outputs_that_a_fieldbus_controller_has_are_refused_and_read_on() -> None:
    async def test(bench: IoBench) -> None:
        async with bench.io() as io:
            await io.write("lamp", True)
            bench.throw("plc")
            await failing(io.write("lamp", False), CommandRejected, "532", "fieldbus controller")
            assert await io.read("lamp") is True
            bench.throw("set part_ready 1")
            await io.wait_for("part_ready", timeout=SOON)
            bench.throw("plc off")
            await io.write("lamp", False)
            assert not bench.image["lamp"]

    play(IoBench(), test)


def test_no_signals_at_all_are_none_to_ask_for() -> None:
    async def test(bench: IoBench) -> None:
        async with bench.io() as io:
            await asyncio.sleep(SOON)
            assert io.lifecycle is Lifecycle.OPEN
            await failing(io.read("x"), CommandRejected)

    play(IoBench({}, {}), test)
