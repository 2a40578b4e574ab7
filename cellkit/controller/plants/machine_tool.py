"""A simulated machine tool: a door, a chuck and a program, each with its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from cellkit.controller.plants.machine import MachinePlant, MachineReport
from cellkit.controller.plants.signal_image import IoImage
from cellkit.devices.machine import Clamping, Execution, MachineAlarm

DOOR_STEPS = 20
"""Positions of the door between closed and open."""


@dataclass(frozen=True, slots=True)
class MachineTimes:
    """The times (s) of a movement of the door, of the chuck, and of the program."""

    door: float = 1.5
    chuck: float = 0.4
    cycle: float = 6.0


@dataclass(frozen=True, slots=True)
class MachineWiring:
    """The names of the machine's signals in an image: three commands, four answers."""

    open_door: str = "open_door"
    close_chuck: str = "close_chuck"
    start_cycle: str = "start_cycle"
    door_open: str = "door_open"
    door_closed: str = "door_closed"
    chuck_closed: str = "chuck_closed"
    cycle_done: str = "cycle_done"


class MachineTool(MachinePlant):
    """A simulated machine tool, as a ``MachinePlant``.

    Its own interlocks refuse a cycle with an open door or chuck, and a movement of the door during a cycle. It starts
    with the door closed and the chuck open. ``holds_part`` returns whether the chuck would grip a part.
    """

    def __init__(self, times: MachineTimes, holds_part: Callable[[], bool] = lambda: True) -> None:
        self._times = times
        self._holds_part = holds_part
        self.door, self.chuck, self.execution = Clamping.CLOSED, Clamping.OPEN, Execution.READY
        self.available = True
        self.jammed: set[str] = set()
        """The parts that ignore commands without an alarm: `door`, `chuck`."""
        self.opened = 0
        """The opening of the door, 0 to ``DOOR_STEPS``."""
        self.cycles = 0
        self._alarms: dict[str, MachineAlarm] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._listeners: list[Callable[[], None]] = []

    @override
    def report(self) -> MachineReport:
        alarms = tuple(self._alarms.values())
        return MachineReport(self.available, self.door, self.chuck, self.execution, "AUTOMATIC", alarms)

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        self._listeners.append(callback)

    def wire(self, image: IoImage, names: MachineWiring) -> None:
        """Connect commands and answers to digital signals.

        The answer ``cycle_done`` remains until the next start, also if that start is refused.
        """
        seen = self.cycles

        def door() -> None:
            self.move_door(image[names.open_door])

        def chuck() -> None:
            self.move_chuck(image[names.close_chuck])

        def start() -> None:
            nonlocal seen
            if image[names.start_cycle]:
                seen = self.cycles
                self.start_cycle()
                answer()

        def answer() -> None:
            image[names.door_open] = self.door is Clamping.OPEN
            image[names.door_closed] = self.door is Clamping.CLOSED
            image[names.chuck_closed] = self.chuck is Clamping.CLOSED
            image[names.cycle_done] = self.cycles > seen and self.execution is Execution.PROGRAM_COMPLETED

        image.watch(names.open_door, door)
        image.watch(names.close_chuck, chuck)
        image.watch(names.start_cycle, start)
        self.on_change(answer)
        answer()

    # --- commands ---------------------------------------------------------------------------------------------

    def move_door(self, open_it: bool) -> None:
        """Open or close the door. During a cycle the door stays locked and the machine raises an alarm."""
        if open_it and self.execution is Execution.ACTIVE:
            self.alarm(MachineAlarm("DOOR_LOCKED", "the door stays locked while the program runs", "warning"))
            return
        if "door" in self.jammed:
            return
        self._cancel("door")
        self._move_door(open_it)

    def move_chuck(self, close: bool) -> None:
        """Close or open the chuck. A chuck that closes without a part is a fault."""
        if self.execution is Execution.ACTIVE:
            self.alarm(MachineAlarm("CHUCK_LOCKED", "the chuck stays as it is while the program runs", "warning"))
            return
        if "chuck" in self.jammed:
            return
        self._cancel("chuck")
        self.chuck = Clamping.UNLATCHED
        self._changed()
        self._later("chuck", self._times.chuck, partial(self._chucked, close))

    def start_cycle(self) -> None:
        """Start the program. A start with an open door or chuck is a fault."""
        if self.execution is Execution.ACTIVE:
            return
        if self.door is not Clamping.CLOSED:
            self.alarm(MachineAlarm("DOOR_OPEN", "the program was started with an open door", "fault"))
        elif self.chuck is not Clamping.CLOSED:
            self.alarm(MachineAlarm("CHUCK_OPEN", "the program was started with an open chuck", "fault"))
        else:
            self.execution = Execution.ACTIVE
            self._changed()
            self._later("cycle", self._times.cycle, self._completed)

    def alarm(self, alarm: MachineAlarm) -> None:
        """Raise an alarm; one of severity ``fault`` interrupts the program."""
        self._alarms[alarm.code] = alarm
        if alarm.severity == "fault" and self.execution is Execution.ACTIVE:
            self._cancel("cycle")
            self.execution = Execution.INTERRUPTED
        self._changed()

    def reset(self) -> None:
        """Clear all alarms, as an operator does at the machine."""
        self._alarms.clear()
        if self.execution is Execution.INTERRUPTED:
            self.execution = Execution.READY
        self._changed()

    def set_available(self, available: bool) -> None:
        """Switch the machine off, or on again."""
        self.available = available
        self._changed()

    # --- movements that take time -----------------------------------------------------------------------------

    def _move_door(self, open_it: bool) -> None:
        goal = DOOR_STEPS if open_it else 0
        if self.opened == goal:
            self.door = Clamping.OPEN if open_it else Clamping.CLOSED
        else:
            self.opened += 1 if open_it else -1
            self.door = Clamping.UNLATCHED
            self._later("door", self._times.door / DOOR_STEPS, partial(self._move_door, open_it))
        self._changed()

    def _chucked(self, close: bool) -> None:
        if close and not self._holds_part():
            self.chuck = Clamping.OPEN
            self.alarm(MachineAlarm("CHUCK_EMPTY", "the chuck closed on nothing", "fault"))
            return
        self.chuck = Clamping.CLOSED if close else Clamping.OPEN
        self._changed()

    def _completed(self) -> None:
        self.execution = Execution.PROGRAM_COMPLETED
        self.cycles += 1
        self._changed()

    def _later(self, part: str, delay: float, then: Callable[[], None]) -> None:
        self._timers[part] = asyncio.get_running_loop().call_later(delay, then)

    def _cancel(self, part: str) -> None:
        pending = self._timers.pop(part, None)
        if pending is not None:
            pending.cancel()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()
