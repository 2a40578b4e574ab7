"""Safety circuits of the fingers, and the tool's power: what is told, who may clear it, and what is lost then."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_onrobot import virtual_box
from onrobot_bench import PART, Bench, bench

from cellkit.devices import Lifecycle
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceFault, MotionAborted
from cellkit.timing import now


def test_a_tripped_circuit_is_a_fault_that_is_left_to_a_person() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            closing = asyncio.ensure_future(gripper.grip())
            await asyncio.sleep(0.2)
            code, text = table.virtual.example_fault()
            with pytest.raises(DeviceFault) as caught:
                await closing
            assert (caught.value.code, caught.value.recoverable) == (code, False)
            assert text in caught.value.message
            width = (await gripper.state()).width
            for refused in (gripper.release(), gripper.grip(), gripper.recover()):
                with pytest.raises(DeviceFault, match=r"268\.3") as caught:
                    await refused
                assert not caught.value.recoverable
            await gripper.stop()
            assert (await gripper.state()).width == pytest.approx(width)
            table.virtual.cycle_power()  # somebody does so by hand, and the gripper is silent meanwhile
            await asyncio.sleep(1.0)
            assert gripper.lifecycle is Lifecycle.LOST
            with pytest.raises(ConnectionFailed):
                await gripper.connect()
            await asyncio.sleep(1.0)
            await gripper.connect()
            await gripper.release()

    bench(test)


def test_every_circuit_and_switch_is_named() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper(power_cycle=True)
        async with gripper:
            table.hand.push_switch(2)
            table.hand.push_switch(1)
            with pytest.raises(DeviceFault, match=r"268\.3.*circuit 1.*circuit 2.*still pushed") as caught:
                await gripper.release()
            assert not caught.value.recoverable
            with pytest.raises(DeviceFault, match="still pushed"):
                await gripper.recover()
            table.hand.release_switches()
            with pytest.raises(DeviceFault) as caught:
                await gripper.release()
            assert caught.value.recoverable
            assert "pushed" not in caught.value.message

    bench(test)


def test_the_box_may_switch_the_tool_off_and_on_where_that_is_allowed() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper(power_cycle=True)
        async with gripper:
            await gripper.recover()
            assert table.virtual.powered
            table.put_part()
            assert (await gripper.grip(PART)).held
            table.virtual.example_fault()
            await asyncio.sleep(0.1)
            assert gripper.holding
            began = now()
            await gripper.recover()
            assert 1.5 <= now() - began <= 2.6
            await asyncio.sleep(0.1)
            assert not gripper.holding
            jaws = table.rig.device_bench.bench.plant
            assert jaws is not None
            assert jaws.state().force > 0
            await gripper.release()
            await gripper.move(0.05)
            assert gripper.lifecycle is Lifecycle.OPEN

    bench(test)


def test_a_switch_that_was_pushed_at_power_on_is_for_a_person_too() -> None:
    async def test(table: Bench) -> None:
        table.hand.push_switch(1)
        table.virtual.cycle_power()
        await asyncio.sleep(2.0)
        table.hand.release_switches()
        gripper = table.gripper(power_cycle=True)
        async with gripper:
            with pytest.raises(DeviceFault, match=r"268\.6") as caught:
                await gripper.recover()
            assert not caught.value.recoverable

    bench(test)


def test_a_tool_that_does_not_come_back_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_box, "AWAY", 60.0)

    async def test(table: Bench) -> None:
        gripper = table.gripper(power_cycle=True)
        async with gripper:
            table.virtual.example_fault()
            with pytest.raises(DeviceFault, match="not back 15 s after") as caught:
                await gripper.recover()
            assert not caught.value.recoverable
            await asyncio.sleep(1.0)
            assert gripper.lifecycle is Lifecycle.LOST

    bench(test)


def test_a_line_that_is_cut_during_a_power_cycle_ends_it() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper(power_cycle=True)
        async with gripper:
            table.virtual.example_fault()
            recovering = asyncio.ensure_future(gripper.recover())
            await asyncio.sleep(0.3)
            table.rig.faults.drop()
            await asyncio.wait({recovering}, timeout=20.0)
            assert isinstance(recovering.exception(), ConnectionLost | DeviceFault)

    bench(test)


def test_stop_during_a_power_cycle_does_not_hang() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper(power_cycle=True)
        async with gripper:
            table.virtual.example_fault()
            recovering = asyncio.ensure_future(gripper.recover())
            await asyncio.sleep(0.3)
            await gripper.stop()
            with pytest.raises(MotionAborted):
                await recovering

    bench(test)
