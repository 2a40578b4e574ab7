"""The driver's way back: power, protective stops, faults, by the vendor's own sequence on the Dashboard."""

from __future__ import annotations

import asyncio
import contextlib

from cellkit.errors import CommandRejected, DeviceFault, EmergencyStop, ProtectiveStop
from cellkit.timing import now
from cellkit_ur.protocol import dashboard
from cellkit_ur.protocol.states import EMERGENCY, FAULTY, SAFEGUARD, RobotMode, SafetyMode
from cellkit_ur.session import UrSession

POWER_TIMEOUT = 60.0  # s; real joints take some seconds to boot
UNLOCK_EVERY = 0.5  # s
RELEASED = 0.3  # s in which a button that was pulled out must show in the state


class UrRecovery(UrSession):
    """An arm that can be brought back to a state in which it moves."""

    async def _power_up(self) -> None:
        if self._row.robot_mode is RobotMode.RUNNING:
            return
        for command, wanted in ((dashboard.POWER_ON, RobotMode.IDLE), (dashboard.BRAKE_RELEASE, RobotMode.RUNNING)):
            if self._row.robot_mode >= wanted:
                continue
            if not await self._command(command):
                raise CommandRejected(self.name, f"the controller refuses {command!r}")
            await self._wait_for_power(wanted)

    async def _wait_for_power(self, wanted: RobotMode) -> None:
        try:
            await self._rtde.rows.until(lambda row: self._unhurt(row).robot_mode >= wanted, POWER_TIMEOUT)
        except TimeoutError:
            raise CommandRejected(self.name, f"the arm stays in {self._row.robot_mode.name}") from None

    async def _recover(self) -> None:
        try:
            row = await self._rtde.rows.until(lambda row: row.safety_mode not in EMERGENCY, RELEASED)
        except TimeoutError:
            raise EmergencyStop(self.name, "the emergency stop is still pressed") from None
        if row.safety_mode in SAFEGUARD:
            raise ProtectiveStop(self.name, "the safeguard is open; close it first")
        await self._stood()
        if row.safety_mode == SafetyMode.PROTECTIVE_STOP:
            await self._unlock()
        elif row.safety_mode in FAULTY:
            await self._restart_safety()
        if self._row.paused or self._row.program_runs:
            await self._command(dashboard.STOP)
            await self._react(lambda row: not (row.paused or row.program_runs), "does not end its program")
        self._error = None
        await self._power_up()

    async def _unlock(self) -> None:
        await self._command(dashboard.CLOSE_SAFETY_POPUP)
        deadline = now() + 2 * dashboard.UNLOCK_AFTER
        while not await self._command(dashboard.UNLOCK):  # refused for some seconds after the stop
            if now() > deadline:
                raise ProtectiveStop(self.name, "the controller does not unlock the protective stop")
            await asyncio.sleep(UNLOCK_EVERY)
        await self._react(lambda row: row.safety_mode <= SafetyMode.REDUCED, "stays in its protective stop")

    async def _restart_safety(self) -> None:
        fault = self._fault(self._row)
        assert fault is not None
        if not await self._command(dashboard.RESTART_SAFETY):
            raise DeviceFault(self.name, fault.text, code=fault.code, recoverable=False)
        with contextlib.suppress(TimeoutError):
            await self._rtde.rows.until(lambda row: row.safety_mode <= SafetyMode.REDUCED, POWER_TIMEOUT)
        if self._row.safety_mode in FAULTY:
            raise DeviceFault(self.name, fault.text, code=fault.code, recoverable=False)
