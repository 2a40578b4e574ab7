"""The driver of the VG10: what counts as a part, as released and as lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cellkit_onrobot.protocol import vg
from onrobot_bench import PART, Bench, alter, bench

from cellkit.devices import Grip, Lifecycle
from cellkit.errors import ConnectionLost, DeviceFault, ProtocolError
from cellkit.models.load import load_gripper
from cellkit.timing import now


def test_vacuum_is_told_in_pascal_below_ambient() -> None:
    async def test(table: Bench) -> None:
        async with table.suction() as gripper:
            table.put_part()
            result = await gripper.grip(PART)
            assert result.measure == pytest.approx(81060.0)
            assert result.measure == pytest.approx(load_gripper("vg10").vacuum_max.known())  # type: ignore[union-attr]
            await gripper.stop()
            await asyncio.sleep(0.5)
            assert (await gripper.state()).vacuum == pytest.approx(81060.0)

    bench(test, "vg10")


def test_less_vacuum_can_be_asked_for() -> None:
    async def test(table: Bench) -> None:
        async with table.suction(vacuum=40) as gripper:
            table.put_part()
            assert (await gripper.grip(PART)).measure == pytest.approx(0.4 * vg.AMBIENT)
            assert table.pump.read("holding", 0, 2) == [0x0128, 0x0128]

    bench(test, "vg10")


def test_the_weaker_channel_counts() -> None:
    async def test(table: Bench) -> None:
        alter(table, vg.VACUUM, [800, 300])
        async with table.suction() as gripper:
            began = now()
            result = await gripper.grip()
            assert result.grip is Grip.NO_PART
            assert result.measure == pytest.approx(0.3 * vg.AMBIENT)
            assert 1.0 <= now() - began <= 1.1

    bench(test, "vg10")


def test_vacuum_that_stays_after_a_release_is_a_fault() -> None:
    async def test(table: Bench) -> None:
        alter(table, vg.VACUUM, [0, 200])
        async with table.suction() as gripper:
            with pytest.raises(DeviceFault, match="vacuum stays"):
                await gripper.release()

    bench(test, "vg10")


def test_a_vacuum_that_decays_is_told_at_half_of_what_was_asked_for_before_the_part_falls() -> None:
    async def test(table: Bench) -> None:
        async with table.suction() as gripper:
            table.put_part()
            assert (await gripper.grip(PART)).held
            suction = table.rig.device_bench.bench.plant
            assert suction is not None
            seen: list[tuple[float, bool]] = []

            def heard(event: Any) -> None:
                if event.what == "grasp_lost":
                    state = suction.state()
                    seen.append((state.vacuum, state.part_present))

            gripper.on_event(heard)
            suction.leak(20_000.0)
            await asyncio.sleep(10.0)
            (lost,) = seen
            assert lost == (pytest.approx(0.5 * 81060.0, abs=500.0), True)
            assert not (await gripper.state()).part_present

    bench(test, "vg10")


def test_more_vacuum_than_there_is_air_is_a_broken_line() -> None:
    async def test(table: Bench) -> None:
        gripper = table.suction()
        async with gripper:
            alter(table, vg.VACUUM, [1001, 0])
            await asyncio.sleep(0.1)
            assert gripper.lifecycle is Lifecycle.LOST
            with pytest.raises((ConnectionLost, ProtocolError), match="per mille"):
                await gripper.state()

    bench(test, "vg10")


def test_power_that_goes_loses_the_part() -> None:
    async def test(table: Bench) -> None:
        gripper = table.suction(answer_timeout=3.0)
        async with gripper:
            table.put_part()
            assert (await gripper.grip(PART)).held
            table.virtual.cycle_power()
            await asyncio.sleep(4.0)
            assert gripper.lifecycle is Lifecycle.LOST  # a request to a tool without power is never answered
            suction = table.rig.device_bench.bench.plant
            assert suction is not None
            assert not suction.state().part_present
            await gripper.connect()
            await gripper.release()

    bench(test, "vg10")
