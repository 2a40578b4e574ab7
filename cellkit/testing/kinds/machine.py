"""The machine tool: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from cellkit.controller.plants.machine_tool import MachineTool
from cellkit.devices import Clamping, Execution, Machine, MachineAlarm
from cellkit.errors import CommandRejected, DeviceFault, MotionTimeout
from cellkit.testing.contract import raised, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig


class MachineRig(DeviceRig):
    """A machine tool with its door closed and its chuck open."""

    @property
    def machine(self) -> MachineTool:
        """The virtual machine tool of the bench."""
        tool: MachineTool = self.bench.plant
        return tool


class MachineContract(ObservedContract[MachineRig]):
    """Every rule that a driver of a machine tool has to keep."""

    kind = "machine"
    settling = 1.0

    def ask(self, device: Machine) -> Coroutine[Any, Any, object]:
        return device.state()

    def wait(self, device: Machine) -> Coroutine[Any, Any, object]:
        return device.wait_for(door=Clamping.OPEN)

    @rule
    async def test_states_are_those_of_the_machine(self, rig: MachineRig) -> None:
        machine = await self.connected(rig)
        state = await machine.state()
        assert (state.door, state.chuck, state.execution) == (Clamping.CLOSED, Clamping.OPEN, Execution.READY)
        assert state.available
        rig.machine.move_door(True)
        await machine.wait_for(door=Clamping.OPEN, timeout=10.0)
        rig.machine.move_chuck(True)
        await machine.wait_for(chuck=Clamping.CLOSED, timeout=10.0)
        rig.machine.move_door(False)
        await machine.wait_for(door=Clamping.CLOSED, chuck=Clamping.CLOSED, timeout=10.0)
        rig.machine.start_cycle()
        await machine.wait_for(execution=Execution.ACTIVE, timeout=10.0)
        state = await machine.wait_for(execution=Execution.PROGRAM_COMPLETED, timeout=30.0)
        assert state.door is Clamping.CLOSED

    @rule
    async def test_a_door_on_its_way_is_neither_open_nor_closed(self, rig: MachineRig) -> None:
        machine = await self.connected(rig)
        rig.machine.move_door(True)
        await machine.wait_for(door=Clamping.UNLATCHED, timeout=5.0)

    @rule
    async def test_wait_for_times_out_and_refuses_nothing_to_wait_for(self, rig: MachineRig) -> None:
        machine = await self.connected(rig)
        await refused(
            machine.wait_for(door=Clamping.OPEN, timeout=1.0), MotionTimeout, because="a door that stays closed"
        )
        await refused(machine.wait_for(), CommandRejected, because="a wait without a condition")

    @rule
    async def test_a_fault_of_the_machine_ends_what_waits_with_its_code(self, rig: MachineRig) -> None:
        machine = await self.connected(rig)
        waiting = asyncio.ensure_future(machine.wait_for(door=Clamping.OPEN))
        await asyncio.sleep(self.settling)
        rig.machine.alarm(MachineAlarm("W7", "coolant is getting low", "warning"))
        await asyncio.sleep(self.settling)
        assert not waiting.done(), "the state's fault: a warning is no fault"
        rig.machine.alarm(MachineAlarm("E42", "the spindle is too hot", "fault"))
        error = await raised(waiting, DeviceFault, 2 * self.settling, "waiting for a machine that reports a fault")
        assert error.code == "E42"
        assert "spindle" in error.message
        state = await machine.state()
        assert {alarm.code for alarm in state.alarms} == {"W7", "E42"}
        rig.machine.reset()
        await asyncio.sleep(self.settling)
        assert (await machine.state()).alarms == ()

    @rule
    async def test_a_machine_that_is_switched_off_is_not_available(self, rig: MachineRig) -> None:
        machine = await self.connected(rig)
        waiting = asyncio.ensure_future(machine.wait_for(door=Clamping.OPEN))
        await asyncio.sleep(self.settling)
        rig.machine.set_available(False)
        error = await raised(waiting, DeviceFault, 2 * self.settling, "waiting for a machine that was switched off")
        assert error.code == "UNAVAILABLE"
        assert not (await machine.state()).available
