"""The open interface of a machine tool that a robot tends: the reported state of its door, chuck and cycle.

The interface only reads. Commands to the machine are digital signals (``DigitalIO``), as on the shop floor. The terms
are those of MTConnect.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cellkit.devices.device import Lifecycle
from cellkit.devices.observed import Observed
from cellkit.errors import CommandRejected, DeviceError, DeviceFault


class Clamping(Enum):
    """The state of a door or of a chuck (MTConnect DOOR_STATE and CHUCK_STATE)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    UNLATCHED = "UNLATCHED"
    UNKNOWN = "UNAVAILABLE"


class Execution(Enum):
    """The execution state of the machine's program (MTConnect EXECUTION)."""

    READY = "READY"
    ACTIVE = "ACTIVE"
    INTERRUPTED = "INTERRUPTED"
    FEED_HOLD = "FEED_HOLD"
    STOPPED = "STOPPED"
    OPTIONAL_STOP = "OPTIONAL_STOP"
    PROGRAM_STOPPED = "PROGRAM_STOPPED"
    PROGRAM_COMPLETED = "PROGRAM_COMPLETED"
    WAIT = "WAIT"
    UNKNOWN = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class MachineAlarm:
    """A condition that the machine reports; ``severity`` is ``warning`` or ``fault``."""

    code: str
    text: str
    severity: str


@dataclass(frozen=True, slots=True)
class MachineState:
    """The state of a machine at one moment; ``stamp`` is the cell time (s) at which it was received."""

    stamp: float
    available: bool
    door: Clamping
    chuck: Clamping
    execution: Execution
    mode: str = "UNAVAILABLE"
    alarms: tuple[MachineAlarm, ...] = ()

    def __str__(self) -> str:
        words = f"door {self.door.value}, chuck {self.chuck.value}, {self.execution.value}"
        return words if self.available else f"not available ({words})"


class Machine(Observed):
    """A machine tool. It emits an event ``execution`` whenever the execution state of its program changes."""

    _following: asyncio.Task[None]

    def _when_open(self) -> None:
        super()._when_open()
        self._following = asyncio.get_running_loop().create_task(self._follow_execution())

    async def _follow_execution(self) -> None:
        """Emit an event for every change, until the device is closed or lost."""
        changed = asyncio.Event()
        forget = self._watch(changed.set)
        self._waiting.add(changed)
        reported: Execution | None = None
        try:
            with contextlib.suppress(DeviceError):  # ``state()`` raises the error to its caller
                while self._lifecycle is Lifecycle.OPEN and not self._closing:
                    changed.clear()
                    execution = (await self._read_state()).execution
                    if execution is not reported:
                        self._emit("execution", state=execution.value)
                        reported = execution
                    await changed.wait()
        finally:
            self._waiting.discard(changed)
            forget()

    async def state(self) -> MachineState:
        """Return the newest state that the machine has reported. Raises ``ConnectionLost`` when it is too old."""
        self._require_open()
        return await self._read_state()

    async def wait_for(
        self,
        *,
        door: Clamping | None = None,
        chuck: Clamping | None = None,
        execution: Execution | None = None,
        timeout: float = 60.0,
    ) -> MachineState:
        """Wait until the machine reports all given states at the same time, and return its state.

        ``timeout`` is in s. Raises ``DeviceFault`` when the machine reports a fault or is not available,
        ``MotionTimeout``, ``ConnectionLost``, and ``CommandRejected`` without any state to wait for.
        """
        wanted = {"door": door, "chuck": chuck, "execution": execution}
        named = {part: value for part, value in wanted.items() if value is not None}
        if not named:
            raise CommandRejected(self.name, "wait_for() needs a door, chuck or execution to wait for")
        newest: MachineState | None = None

        async def reached() -> bool:
            nonlocal newest
            newest = await self._read_state()
            self._require_sound(newest)
            return all(getattr(newest, part) is value for part, value in named.items())

        words = ", ".join(f"{part} {value.value}" for part, value in named.items())
        await self._wait_until(reached, self._watch, timeout, f"the machine did not report {words}", words)
        assert newest is not None
        return newest

    def _require_sound(self, state: MachineState) -> None:
        for alarm in state.alarms:
            if alarm.severity == "fault":
                raise DeviceFault(self.name, alarm.text, code=alarm.code, state=str(state))
        if not state.available:
            raise DeviceFault(self.name, "the machine is not available", code="UNAVAILABLE", state=str(state))

    @abstractmethod
    async def _read_state(self) -> MachineState:
        """Return the newest state (driver hook). Must raise ``ConnectionLost`` when it is too old."""

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` for every report of the machine; return a function that ends this (driver hook).

        The default calls it when the driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
