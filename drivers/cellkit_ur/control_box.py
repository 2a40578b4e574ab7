"""The control box: drive power, safety and operational mode as the vendor has them, over cellkit's kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus
from cellkit.errors import DeviceError
from cellkit.timing import now
from cellkit_ur.protocol.dashboard import UNLOCK_AFTER
from cellkit_ur.protocol.state_packets import ErrorMessage, Message
from cellkit_ur.protocol.states import ERRORS, RobotMode, SafetyMode, code_name
from cellkit_ur.registers import Registers

STEPTIME = 0.002
"""s; a control step of the e-Series."""
SOFTWARE = (5, 15, 0, 0)
POWER_ON_TIME = 1.0  # s; the real one takes some seconds to boot the joints
BRAKE_RELEASE_TIME = 0.5  # s
SAFETY_RESTART_TIME = 1.0  # s; all three are assumptions
_PROTECTIVE = (153, 0)
_FAULT = (192, 1)
_LEVEL_VIOLATION, _LEVEL_FAULT = 3, 4

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class ControlBox:
    """What all ports of one controller share. ``spawn`` runs what takes time; ``tell`` hears of messages."""

    def __init__(self, kernel: ArmController, spawn: Spawn) -> None:
        self.kernel = kernel
        self.registers = Registers()
        self.spawn = spawn
        self.tell: Callable[[Message], None] = lambda message: None
        self.stop_program: Callable[[], None] = lambda: None
        self.pause_program: Callable[[], None] = lambda: None
        self.remote = True
        self.operational = "AUTOMATIC"
        self._power = RobotMode.RUNNING
        self._stopped_at = 0.0
        self._safety = SafetyStatus.NORMAL
        self._fault: Fault | None = None
        self._busy = False
        kernel.on_change(self._changed)

    # --- as it is -------------------------------------------------------------------------------------------------

    @property
    def robot_mode(self) -> RobotMode:
        """Drive power. An emergency stop or a fault ends with it off."""
        if self._power is RobotMode.RUNNING and not self.kernel.powered:
            self._power = RobotMode.POWER_OFF
        return self._power

    @property
    def safety_mode(self) -> SafetyMode:
        """What the safety system says. A released emergency stop leaves nothing but the power off."""
        kernel = self.kernel
        if kernel.emergency_pressed:
            return SafetyMode.ROBOT_EMERGENCY_STOP
        if kernel.fault is not None:
            return SafetyMode.FAULT
        if kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            return SafetyMode.PROTECTIVE_STOP
        if kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED:
            return SafetyMode.REDUCED
        return SafetyMode.NORMAL

    @property
    def stopped_for_safety(self) -> bool:
        """Whether the safety system keeps the arm from moving."""
        return self.safety_mode not in (SafetyMode.NORMAL, SafetyMode.REDUCED)

    @property
    def ready(self) -> bool:
        """Whether a program may move the arm."""
        return self.robot_mode is RobotMode.RUNNING and not self.stopped_for_safety and self.remote

    def stamp(self) -> int:
        """µs since the controller was started."""
        return round(now() * 1e6)

    # --- what happens to it ---------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """The kernel's mode, safety or fault has changed: programs end or pause, and everybody is told why."""
        kernel = self.kernel
        if kernel.fault is not None and kernel.fault is not self._fault:
            self.stop_program()
        if kernel.safety is not self._safety:
            if kernel.safety is SafetyStatus.EMERGENCY_STOP:
                self.stop_program()
            elif kernel.safety is SafetyStatus.PROTECTIVE_STOP:
                self._stopped_at = now()
                self.pause_program()
                self._tell_error(*_PROTECTIVE, _LEVEL_VIOLATION)
        self._safety, self._fault = kernel.safety, kernel.fault
        if kernel.safety is SafetyStatus.NORMAL and kernel.powered and not self._busy:
            self._power = RobotMode.RUNNING  # somebody has reset the kernel itself

    def _tell_error(self, code: int, argument: int, level: int) -> None:
        self.tell(ErrorMessage(code, argument, level, ERRORS[code]))

    def fail(self) -> Fault:
        """A typical fault of the safety system, which can be cleared by restarting it."""
        code, argument = _FAULT
        fault = Fault(code_name(code, argument), ERRORS[code])
        self._tell_error(code, argument, _LEVEL_FAULT)
        self.kernel.raise_fault(fault)
        return fault

    def set_operational(self, mode: str) -> None:
        """``MANUAL`` takes remote control away, as the mode switch on the pendant does."""
        self.operational = mode
        self.remote = mode != "MANUAL"
        if mode == "MANUAL":
            self.stop_program()

    # --- what it can be told; each says whether it obeys ----------------------------------------------------------

    def power_on(self) -> bool:
        """From POWER_OFF to IDLE, in a while."""
        if self._busy or self.stopped_for_safety:
            return False
        if self.robot_mode is RobotMode.POWER_OFF:
            self._later(self._powering_on())
        return True

    def power_off(self) -> bool:
        """Programs end and the brakes close."""
        self.stop_program()
        self.kernel.set_freedrive(False)
        self._power, self.kernel.powered = RobotMode.POWER_OFF, False
        return True

    def release_brakes(self) -> bool:
        """To RUNNING, in a while; from POWER_OFF too."""
        if self._busy or self.stopped_for_safety:
            return False
        if self.robot_mode is not RobotMode.RUNNING:
            self._later(self._releasing())
        return True

    def may_unlock(self) -> bool:
        """Whether a protective stop has lasted long enough to be unlocked."""
        return now() - self._stopped_at >= UNLOCK_AFTER - 1e-9

    def unlock(self) -> bool:
        """End a protective stop."""
        if self._busy or self.safety_mode is not SafetyMode.PROTECTIVE_STOP:
            return False
        self._later(self._clear(RobotMode.RUNNING))
        return True

    def restart_safety(self) -> bool:
        """Clear a fault; the power is off afterwards."""
        if self._busy or self.safety_mode not in (SafetyMode.FAULT, SafetyMode.VIOLATION):
            return False
        fault = self.kernel.fault
        if fault is not None and not fault.recoverable:
            return False
        self._later(self._restarting())
        return True

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        self._busy = True

        async def run() -> None:
            try:
                await work
            finally:
                self._busy = False

        self.spawn(run())

    async def _powering_on(self) -> None:
        self._power = RobotMode.POWER_ON
        await asyncio.sleep(POWER_ON_TIME)
        self._power = RobotMode.POWER_OFF if self.stopped_for_safety else RobotMode.IDLE

    async def _releasing(self) -> None:
        if self._power is RobotMode.POWER_OFF:
            await self._powering_on()
        await asyncio.sleep(BRAKE_RELEASE_TIME)
        if self._power is RobotMode.IDLE and not self.stopped_for_safety:
            await self._clear(RobotMode.RUNNING)

    async def _restarting(self) -> None:
        await asyncio.sleep(SAFETY_RESTART_TIME)
        await self._clear(RobotMode.POWER_OFF)

    async def _clear(self, power: RobotMode) -> None:
        try:
            await self.kernel.reset()
        except DeviceError:  # pressed again, or another fault meanwhile: everything stays as it is
            return
        self._power = power
        self.kernel.powered = power is RobotMode.RUNNING
