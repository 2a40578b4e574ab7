"""A machine tool through its open interface: what it reports, waiting for it, and what ends a wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from cellkit_virtual.link import Link
from cellkit_virtual.machines import VirtualMachine

from cellkit.controller.plants.machine import FaultyMachine
from cellkit.controller.plants.machine_tool import MachineTimes, MachineTool
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.errors import CommandRejected, ConnectionLost, DeviceFault, MotionTimeout
from cellkit.timing import now, run

TIMES = MachineTimes(door=1.0, chuck=0.5, cycle=4.0)


def tried(
    test: Callable[[VirtualMachine, MachineTool], Coroutine[Any, Any, None]], faults: SensorFaults | None = None
) -> None:
    async def main() -> None:
        tool = MachineTool(TIMES)
        plant = tool if faults is None else FaultyMachine(tool, faults)
        async with VirtualMachine("mill", plant, Link()) as machine:
            await test(machine, tool)

    run(main())


def test_a_state_is_the_report_with_its_time() -> None:
    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        await asyncio.sleep(1.0)
        state = await machine.state()
        assert state.stamp == pytest.approx(1.0)
        assert (state.door, state.chuck, state.execution) == (Clamping.CLOSED, Clamping.OPEN, Execution.READY)
        assert str(state) == "door CLOSED, chuck OPEN, READY"
        tool.set_available(False)
        assert str(await machine.state()) == "not available (door CLOSED, chuck OPEN, READY)"
        tool.alarm(MachineAlarm("W1", "dust", "warning"))
        assert (await machine.state()).alarms == (MachineAlarm("W1", "dust", "warning"),), "a look raises nothing"

    tried(test)


def test_everything_that_is_named_must_be_there_at_once() -> None:
    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        waiting = asyncio.ensure_future(machine.wait_for(door=Clamping.OPEN, chuck=Clamping.CLOSED))
        tool.move_chuck(True)
        await asyncio.sleep(0.6)
        assert not waiting.done()
        tool.move_door(True)
        state = await waiting
        assert now() == pytest.approx(1.6, abs=0.01)
        assert (state.door, state.chuck) == (Clamping.OPEN, Clamping.CLOSED)
        assert (await machine.wait_for(door=Clamping.OPEN, timeout=0.0)).door is Clamping.OPEN

    tried(test)


def test_a_cycle_from_start_to_end() -> None:
    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        tool.move_chuck(True)
        await machine.wait_for(chuck=Clamping.CLOSED)
        tool.start_cycle()
        await machine.wait_for(execution=Execution.ACTIVE, timeout=0.0)
        await machine.wait_for(execution=Execution.PROGRAM_COMPLETED)
        assert now() == pytest.approx(4.5, abs=0.01)

    tried(test)


def test_waiting_in_vain_and_for_nothing() -> None:
    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        with pytest.raises(
            MotionTimeout, match=r"mill: the machine did not report door OPEN, execution ACTIVE within 2"
        ):
            await machine.wait_for(door=Clamping.OPEN, execution=Execution.ACTIVE, timeout=2.0)
        assert now() == pytest.approx(2.0)
        with pytest.raises(CommandRejected, match="needs a door, chuck or execution"):
            await machine.wait_for()

    tried(test)


def test_a_fault_ends_a_wait_with_its_code_and_a_warning_does_not() -> None:
    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        waiting = asyncio.ensure_future(machine.wait_for(door=Clamping.OPEN))
        await asyncio.sleep(0.5)
        tool.alarm(MachineAlarm("W1", "dust", "warning"))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        tool.alarm(MachineAlarm("E42", "coolant is low", "fault"))
        with pytest.raises(DeviceFault, match="coolant is low") as told:
            await waiting
        assert told.value.code == "E42"
        assert "door CLOSED" in str(told.value), "the last state is told"
        with pytest.raises(DeviceFault):
            await machine.wait_for(door=Clamping.CLOSED)
        tool.reset()
        await machine.wait_for(door=Clamping.CLOSED, timeout=0.0)

    tried(test)


def test_a_machine_that_is_switched_off_is_a_fault_of_its_own() -> None:
    faults = SensorFaults()

    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        waiting = asyncio.ensure_future(machine.wait_for(door=Clamping.OPEN))
        await asyncio.sleep(0.5)
        faults.begin(SensorFault.SATURATED)
        with pytest.raises(DeviceFault, match="the machine is not available") as told:
            await waiting
        assert told.value.code == "UNAVAILABLE"

    tried(test, faults)


def test_a_report_that_stands_still_is_believed_until_the_time_is_over() -> None:
    """The machine cannot know; a program that also looks at its signals finds it out."""
    faults = SensorFaults()

    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        await machine.state()
        faults.begin(SensorFault.DRIFT)
        tool.move_door(True)
        with pytest.raises(MotionTimeout):
            await machine.wait_for(door=Clamping.OPEN, timeout=5.0)
        assert tool.door is Clamping.OPEN

    tried(test, faults)


def test_silence_ends_a_wait() -> None:
    async def test(machine: VirtualMachine, tool: MachineTool) -> None:
        waiting = asyncio.ensure_future(machine.wait_for(door=Clamping.OPEN))
        await asyncio.sleep(0.5)
        machine._link.drop("no heartbeat")
        with pytest.raises(ConnectionLost, match="mill: no heartbeat"):
            await waiting
        with pytest.raises(ConnectionLost):
            await machine.state()

    tried(test)
