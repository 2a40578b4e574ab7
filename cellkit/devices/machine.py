"""The open interface of a machine tool that a robot tends: what it says of its door, chuck and cycle.

It tells and is not told: what sets a machine going is wired to its inputs (``DigitalIO``), as on the shop floor. The
words are those of MTConnect.
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
    """State of a door or of a chuck (MTConnect DOOR_STATE and CHUCK_STATE)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    UNLATCHED = "UNLATCHED"
    UNKNOWN = "UNAVAILABLE"


class Execution(Enum):
    """What the machine's program does (MTConnect EXECUTION)."""

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
    """A machine at one moment; ``stamp`` is cell time (s) at which this was received."""

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
    """A machine tool. Events tell what its program does (``execution``), whenever that changes."""

    _following: asyncio.Task[None]

    def _when_open(self) -> None:
        super()._when_open()
        self._following = asyncio.get_running_loop().create_task(self._follow_execution())

    async def _follow_execution(self) -> None:
        """Tell of every change, until the device is closed or lost."""
        changed = asyncio.Event()
        forget = self._watch(changed.set)
        self._waiting.add(changed)
        told: Execution | None = None
        try:
            with contextlib.suppress(DeviceError):  # whoever asks for the state hears of it
                while self._lifecycle is Lifecycle.OPEN and not self._closing:
                    changed.clear()
                    execution = (await self._read_state()).execution
                    if execution is not told:
                        self._emit("execution", state=execution.value)
                        told = execution
                    await changed.wait()
        finally:
            self._waiting.discard(changed)
            forget()

    async def state(self) -> MachineState:
        """The machine as it was last reported. Raises ``ConnectionLost`` when the report is too old."""
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
        """Wait until everything that is named is reported.

        Raises ``DeviceFault`` when the machine reports a fault or is not available, ``MotionTimeout``,
        ``ConnectionLost``.
        """
        wanted = {"door": door, "chuck": chuck, "execution": execution}
        named = {what: value for what, value in wanted.items() if value is not None}
        if not named:
            raise CommandRejected(self.name, "wait_for() needs a door, chuck or execution to wait for")
        found: MachineState | None = None

        async def reached() -> bool:
            nonlocal found
            found = await self._read_state()
            self._require_sound(found)
            return all(getattr(found, what) is value for what, value in named.items())

        words = ", ".join(f"{what} {value.value}" for what, value in named.items())
        await self._wait_until(reached, self._watch, timeout, f"the machine did not report {words}", words)
        assert found is not None
        return found

    def _require_sound(self, state: MachineState) -> None:
        for alarm in state.alarms:
            if alarm.severity == "fault":
                raise DeviceFault(self.name, alarm.text, code=alarm.code, state=str(state))
        if not state.available:
            raise DeviceFault(self.name, "the machine is not available", code="UNAVAILABLE", state=str(state))

    @abstractmethod
    async def _read_state(self) -> MachineState:
        """Hook: the newest state. Raise ``ConnectionLost`` when it is too old."""

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` whenever something was reported; return what ends that.

        Without one of its own, a driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
