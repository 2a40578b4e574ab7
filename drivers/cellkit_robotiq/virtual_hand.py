"""A gripper as a virtual device, behind either protocol: registers, sequences and faults, over a pair of jaws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from cellkit.controller.plants.parallel_gripper import JawPlant, JawState
from cellkit.models.gripper import ParallelGripperModel
from cellkit_robotiq.config import RtuConfig
from cellkit_robotiq.protocol.gripper import FAULTS, Activation, Command, Detection, Status
from cellkit_robotiq.scaling import FULL, Scale

REACHED = 0.0012
"""m off its goal at which a finger that stands has met something."""
RELEASING, RELEASED = 11, 15
"""Faults during an automatic release, and after it."""
RELEASE_SPEED = 0
"""Counts of the speed of an automatic release: the slowest."""
ACTIVATION_SPEED, ACTIVATION_FORCE = 255, 128


SWITCHES: dict[str, Callable[[Command, bool], Command]] = {
    "ACT": lambda command, on: replace(command, activate=on),
    "GTO": lambda command, on: replace(command, go=on),
    "ATR": lambda command, on: replace(command, automatic_release=on),
    "ARD": lambda command, on: replace(command, release_opens=on),
}
NUMBERS: dict[str, Callable[[Command, int], Command]] = {
    "POS": lambda command, value: replace(command, position=value),
    "SPE": lambda command, value: replace(command, speed=value),
    "FOR": lambda command, value: replace(command, force=value),
}


class Hand:
    """Takes commands, carries them out one at a time, and tells its status. Powered up, it is not active."""

    def __init__(self, model: ParallelGripperModel, jaws: JawPlant) -> None:
        defaults = RtuConfig()
        self.scale = Scale(model, defaults.open_position, defaults.closed_position)
        self.command = Command(activate=False)
        self.activation = Activation.RESET
        self.fault = 0
        self._jaws = jaws
        self._stroke = model.stroke.known()
        self._task: asyncio.Task[None] | None = None
        self._moving = False
        self._closing = False
        self._goal = self._stroke
        self._slipped = False
        jaws.on_slip(self._on_slip)

    def close(self) -> None:
        """End what runs."""
        if self._task is not None:
            self._task.cancel()

    # --- commands ---------------------------------------------------------------------------------------------

    def take(self, command: Command) -> None:
        """All registers at once, as Modbus writes them."""
        before, self.command = self.command, command
        if not command.activate and (before.activate or not command.go):
            self._reset()
        elif not command.activate:
            self.fault = 7
        elif not before.activate:
            self.activation, self.fault = Activation.ACTIVATING, 0
            self._start(self._activate())
        elif command.automatic_release and not before.automatic_release:
            self.fault = RELEASING
            self._start(self._release())
        elif command != before and not self._blocked():
            self._go_or_stop(before)

    def set(self, name: str, value: int) -> bool:
        """Return one variable of the URCap; False: there is no such one to be written, or not to this value."""
        switch, number = SWITCHES.get(name), NUMBERS.get(name)
        if switch is not None and value in (0, 1):
            self.take(switch(self.command, bool(value)))
        elif number is not None and 0 <= value <= FULL:
            self.take(number(self.command, value))
        else:
            return False
        return True

    def raise_fault(self, number: int) -> None:
        """Raise a fault; one that blocks ends the present motion."""
        self.fault = number
        if FAULTS[number].blocks:
            self._halt()

    def _blocked(self) -> bool:
        fault = FAULTS.get(self.fault)
        return fault is not None and fault.blocks

    def _reset(self) -> None:
        self._halt()
        self.activation, self.fault = Activation.RESET, 0

    def _go_or_stop(self, before: Command) -> None:
        command = self.command
        if not command.go:
            if before.go:
                self._halt()
            return
        if self.activation is not Activation.ACTIVE:
            self.fault = 5 if self.activation is Activation.ACTIVATING else 7
            return
        self.fault = 0
        self._start(self._drive(self._width(command.position), command.speed, command.force))

    def _width(self, position: int) -> float:
        return self.scale.width(position)

    # --- what takes time --------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._halt()
        self._moving = True
        self._task = asyncio.get_running_loop().create_task(work)

    def _halt(self) -> None:
        if self._task is not None and self._task is not _current():
            self._task.cancel()
        self._task = None
        if self._moving:
            self._jaws.halt()
            self._moving = False

    async def _activate(self) -> None:
        for width in (0.0, self._stroke):
            await self._drive(width, ACTIVATION_SPEED, ACTIVATION_FORCE)
        self.activation = Activation.ACTIVE
        if self.command.go:
            self._go_or_stop(Command())

    async def _release(self) -> None:
        await self._drive(self._stroke if self.command.release_opens else 0.0, RELEASE_SPEED, 0)
        self.fault = RELEASED

    async def _drive(self, width: float, speed: int, force: int) -> None:
        self._closing = width < self._jaws.state().width
        self._goal, self._slipped, self._moving = width, False, True
        await self._jaws.drive(width, self.scale.speed(speed), self.scale.force(force))
        self._moving = False

    def _on_slip(self) -> None:
        """Let the fingers move on to their goal after the part between them is gone."""
        self._slipped = True

    # --- status -----------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """As it is now."""
        state = self._jaws.state()
        command = self.command
        return Status(
            command.activate,
            command.go,
            self.activation,
            self._detection(state),
            self.fault,
            command.position,
            self.scale.counts(state.width),
            10 if self._moving else 0,
        )

    def _detection(self, state: JawState) -> Detection:
        """OBJ tells of what GTO has asked for, and is 0 without it; so the manual's own example shows it."""
        if not self.command.go and self.fault not in (RELEASING, RELEASED):
            return Detection.MOVING
        short = abs(state.width - self._goal) > REACHED
        if self._moving or (self._slipped and short):
            return Detection.MOVING
        if not short or self.activation is not Activation.ACTIVE:
            return Detection.AT_POSITION
        return Detection.STOPPED_CLOSING if self._closing else Detection.STOPPED_OPENING


def _current() -> asyncio.Task[object] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
