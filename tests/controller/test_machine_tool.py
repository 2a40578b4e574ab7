"""The virtual machine tool: what takes its time, what its interlocks forbid, and what its signals report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cellkit.controller.plants.machine_tool import DOOR_STEPS, MachineTimes, MachineTool, MachineWiring
from cellkit.controller.plants.signal_image import IoImage
from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.timing import now, run

TIMES = MachineTimes(door=2.0, chuck=0.5, cycle=5.0)
COOLANT = MachineAlarm("E42", "coolant is low", "fault")
FILTER = MachineAlarm("W7", "change the filter", "warning")


def tried(test: Callable[[MachineTool], Coroutine[Any, Any, None]], **options: Any) -> None:
    run(test(MachineTool(TIMES, **options)))


def codes(machine: MachineTool) -> list[str]:
    return [alarm.code for alarm in machine.report().alarms]


async def clamped(machine: MachineTool) -> None:
    machine.move_chuck(True)
    await asyncio.sleep(TIMES.chuck + 0.01)


def test_it_begins_closed_empty_and_ready() -> None:
    report = MachineTool(TIMES).report()
    assert report.available
    assert (report.door, report.chuck, report.execution) == (Clamping.CLOSED, Clamping.OPEN, Execution.READY)
    assert report.alarms == ()


def test_a_door_takes_its_time_and_is_neither_meanwhile() -> None:
    async def test(machine: MachineTool) -> None:
        steps: list[tuple[float, int]] = []
        machine.on_change(lambda: steps.append((now(), machine.opened)))
        machine.move_door(True)
        await asyncio.sleep(1.0)
        assert machine.door is Clamping.UNLATCHED
        await asyncio.sleep(0.99)
        assert machine.door is Clamping.UNLATCHED
        await asyncio.sleep(0.02)
        assert machine.door is Clamping.OPEN
        assert machine.opened == DOOR_STEPS
        assert [opened for _, opened in steps] == [*range(1, DOOR_STEPS + 1), DOOR_STEPS], "it is seen to slide"
        machine.move_door(False)
        await asyncio.sleep(2.01)
        assert machine.door is Clamping.CLOSED
        assert machine.opened == 0

    tried(test)


def test_a_door_turns_round_where_it_is() -> None:
    async def test(machine: MachineTool) -> None:
        machine.move_door(True)
        await asyncio.sleep(0.95)
        half_way = machine.opened
        assert 0 < half_way < DOOR_STEPS
        machine.move_door(False)
        await asyncio.sleep(half_way / DOOR_STEPS * TIMES.door + 0.01)
        assert machine.door is Clamping.CLOSED
        await asyncio.sleep(3.0)
        assert machine.door is Clamping.CLOSED, "the first command is forgotten"

    tried(test)


def test_a_cycle_needs_a_closed_door_and_a_closed_chuck() -> None:
    async def test(machine: MachineTool) -> None:
        machine.start_cycle()
        assert codes(machine) == ["CHUCK_OPEN"]
        assert machine.execution is Execution.READY
        machine.reset()
        await clamped(machine)
        machine.move_door(True)
        await asyncio.sleep(0.5)
        machine.start_cycle()
        assert codes(machine) == ["DOOR_OPEN"], "not before it is wholly closed"
        assert machine.execution is Execution.READY
        assert machine.cycles == 0

    tried(test)


def test_a_cycle() -> None:
    async def test(machine: MachineTool) -> None:
        await clamped(machine)
        machine.start_cycle()
        assert machine.execution is Execution.ACTIVE
        await asyncio.sleep(3.0)
        machine.start_cycle()  # it runs already
        await asyncio.sleep(1.99)
        assert machine.execution is Execution.ACTIVE
        await asyncio.sleep(0.02)
        assert machine.execution is Execution.PROGRAM_COMPLETED
        assert machine.cycles == 1
        machine.start_cycle()
        await asyncio.sleep(5.01)
        assert machine.cycles == 2

    tried(test)


def test_door_and_chuck_stay_locked_during_a_cycle() -> None:
    async def test(machine: MachineTool) -> None:
        await clamped(machine)
        machine.start_cycle()
        machine.move_door(True)
        machine.move_chuck(False)
        await asyncio.sleep(1.0)
        assert (machine.door, machine.chuck) == (Clamping.CLOSED, Clamping.CLOSED)
        assert codes(machine) == ["DOOR_LOCKED", "CHUCK_LOCKED"]
        assert {alarm.severity for alarm in machine.report().alarms} == {"warning"}
        assert machine.execution is Execution.ACTIVE, "a warning interrupts nothing"

    tried(test)


def test_a_fault_interrupts_the_program_for_good() -> None:
    async def test(machine: MachineTool) -> None:
        await clamped(machine)
        machine.start_cycle()
        await asyncio.sleep(1.0)
        machine.alarm(FILTER)
        assert machine.execution is Execution.ACTIVE
        machine.alarm(COOLANT)
        machine.alarm(COOLANT)
        assert codes(machine) == ["W7", "E42"], "each once"
        assert machine.execution is Execution.INTERRUPTED
        await asyncio.sleep(10.0)
        assert machine.cycles == 0
        assert machine.execution is Execution.INTERRUPTED
        machine.reset()
        assert machine.execution is Execution.READY
        assert codes(machine) == []
        machine.start_cycle()
        await asyncio.sleep(5.01)
        assert machine.cycles == 1

    tried(test)


def test_a_chuck_that_closes_on_nothing() -> None:
    held = [False]

    async def test(machine: MachineTool) -> None:
        machine.move_chuck(True)
        assert machine.chuck is Clamping.UNLATCHED
        await asyncio.sleep(TIMES.chuck + 0.01)
        assert machine.chuck is Clamping.OPEN
        assert codes(machine) == ["CHUCK_EMPTY"]
        machine.reset()
        held[0] = True
        await clamped(machine)
        assert machine.chuck is Clamping.CLOSED
        assert codes(machine) == []
        held[0] = False
        machine.move_chuck(False)
        await asyncio.sleep(TIMES.chuck + 0.01)
        assert machine.chuck is Clamping.OPEN
        assert codes(machine) == [], "opening asks for no part"

    tried(test, holds_part=lambda: held[0])


def test_the_last_word_to_the_chuck_counts() -> None:
    async def test(machine: MachineTool) -> None:
        machine.move_chuck(True)
        await asyncio.sleep(0.3)
        machine.move_chuck(False)
        await asyncio.sleep(1.0)
        assert machine.chuck is Clamping.OPEN

    tried(test)


def test_it_can_be_switched_off() -> None:
    async def test(machine: MachineTool) -> None:
        heard: list[bool] = []
        machine.on_change(lambda: heard.append(machine.report().available))
        machine.set_available(False)
        machine.set_available(True)
        assert heard == [False, True]

    tried(test)


# --- its signals ------------------------------------------------------------------------------------------------------

NAMES = MachineWiring(open_door="y0", close_chuck="y1", start_cycle="y2", door_open="x0", door_closed="x1",
                      chuck_closed="x2", cycle_done="x3")  # fmt: skip


def signals(image: IoImage) -> str:
    return "".join("01"[image[name]] for name in ("x0", "x1", "x2", "x3"))


@pytest.mark.parametrize("names", [NAMES, MachineWiring()])
def test_commands_and_answers_are_signals(names: MachineWiring) -> None:
    async def test(machine: MachineTool) -> None:
        every = [getattr(names, field) for field in MachineWiring.__dataclass_fields__]
        assert len(set(every)) == len(every)
        image = IoImage(every)
        machine.wire(image, names)
        assert image[names.door_closed], "true from the start"
        assert not image[names.door_open]
        image[names.open_door] = True
        await asyncio.sleep(1.0)
        assert not image[names.door_closed]
        assert not image[names.door_open], "on its way it is neither"
        await asyncio.sleep(1.01)
        assert image[names.door_open]
        image[names.open_door] = False
        image[names.close_chuck] = True
        await asyncio.sleep(2.01)
        assert image[names.door_closed]
        assert image[names.chuck_closed]

    tried(test)


def test_a_cycle_is_done_until_the_next_one_starts() -> None:
    async def test(machine: MachineTool) -> None:
        image = IoImage(["y0", "y1", "y2", "x0", "x1", "x2", "x3"])
        machine.wire(image, NAMES)
        image["y1"] = True
        await asyncio.sleep(0.51)
        assert signals(image) == "0110"
        image["y2"] = True
        await asyncio.sleep(5.01)
        assert signals(image) == "0111"
        image["y2"] = False
        assert signals(image) == "0111", "only a rising edge starts"
        assert machine.cycles == 1
        image["y2"] = True
        assert signals(image) == "0110", "nobody takes the last cycle's word for this one"
        await asyncio.sleep(5.01)
        assert signals(image) == "0111"

    tried(test)


def test_a_refused_start_is_not_done() -> None:
    async def test(machine: MachineTool) -> None:
        image = IoImage(["y0", "y1", "y2", "x0", "x1", "x2", "x3"])
        machine.wire(image, NAMES)
        image["y2"] = True  # the chuck is open
        await asyncio.sleep(6.0)
        assert signals(image) == "0100"
        assert codes(machine) == ["CHUCK_OPEN"]

    tried(test)


def test_a_start_that_is_refused_takes_back_what_was_done() -> None:
    async def test(machine: MachineTool) -> None:
        image = IoImage(["y0", "y1", "y2", "x0", "x1", "x2", "x3"])
        machine.wire(image, NAMES)
        image["y1"] = True
        await asyncio.sleep(0.51)
        image["y2"] = True
        await asyncio.sleep(5.01)
        image["y2"] = False
        image["y1"] = False
        await asyncio.sleep(0.51)
        assert signals(image) == "0101"
        image["y2"] = True  # with an open chuck
        assert signals(image) == "0100"
        assert codes(machine) == ["CHUCK_OPEN"]
        await asyncio.sleep(6.0)
        assert signals(image) == "0100"

    tried(test)
