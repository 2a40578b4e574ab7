"""The driver's hand on its control program: uploading it, giving it orders, and hearing why one failed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from cellkit.devices import StopCategory
from cellkit.errors import CommandRejected, ConnectionLost, MotionAborted
from cellkit_ur.control_interface import ORDER, SIGN_OF_LIFE, STOP, Order, control_program
from cellkit_ur.protocol import dashboard
from cellkit_ur.protocol.base_frame import Six
from cellkit_ur.protocol.states import EMERGENCY, FAULTY, RobotMode, SafetyMode
from cellkit_ur.recovery import UrRecovery
from cellkit_ur.rtde_link import Row
from cellkit_ur.session import PROTECTIVE

CAUSE = 0.3  # s in which the message that says why must come
STOPPED = 5.0  # s until a stop that the program does not carry out goes over the Dashboard
NOTHING: Six = (0.0,) * 6


class ProgramEnded(Exception):
    """The control program is not there any more; why is in a message."""


class UrControl(UrRecovery):
    """An arm that carries out orders."""

    _run_number: int | None = None

    async def _make_ready(self) -> None:
        self._number = self._stop_number = 0
        self._stops_given = self._stops_seen = 0
        self._run_number = None
        self._farewell = self._quit
        if self.config.power_up and self._row.safety_mode <= SafetyMode.REDUCED:
            await self._power_up()
            if self._mode.accepts_programs and not self._row.program_runs:
                await self._ensure_program()  # so that the first motion does not have to wait for it

    async def _quit(self) -> None:
        if self._program_ours(self._row):
            self._number += 1
            self._send_order(Order.QUIT)

    def _program_ours(self, row: Row) -> bool:
        return row.program_runs and row.run == self._run_number

    async def _ensure_program(self) -> None:
        """Upload the control program, unless it runs."""
        row = self._unhurt(self._row)
        if row.robot_mode is not RobotMode.RUNNING:
            raise CommandRejected(self.name, f"the arm is in {row.robot_mode.name}; recover() switches its power on")
        if self._program_ours(row):
            return
        self._exception = None
        self._run_number = wanted = row.run + 1 if row.run < 2**31 - 1 else 1
        self._send(SIGN_OF_LIFE, self._life)
        self._upload(control_program(wanted, self.config.watchdog, 1.0 / self.config.frequency))
        row = await self._react(
            lambda row: self._program_ours(self._unhurt(row)) or self._failed(), "does not start the control program"
        )
        if self._exception is not None:
            raise CommandRejected(self.name, f"the control program does not start: {self._exception.text}")
        self._number, self._stop_number = row.taken, row.stopped  # what it has found in its registers

    def _failed(self) -> bool:
        return self._exception is not None

    def _send_order(
        self,
        order: Order,
        first: Sequence[float] = NOTHING,
        second: Sequence[float] = NOTHING,
        *,
        count: int = 0,
        acceleration: float = 0.0,
        speed: float = 0.0,
        radius: float = 0.0,
    ) -> None:
        self._send(ORDER, self._number, order, count, *first, *second, acceleration, speed, radius)

    def _begin(self) -> None:
        """Orders follow; those that would come after a stop are not given any more."""
        self._stops_seen = self._stops_given

    async def _carry_out(self, order: Order, *numbers: Sequence[float], taken: bool = False, **more: Any) -> None:
        """Give an order and wait until it is carried out, or only taken. Raises what keeps it from that."""
        if self._stops_seen != self._stops_given:
            raise MotionAborted(self.name, "stopped before the controller was told")
        self._number += 1
        number = self._number
        self._exception = None
        self._send_order(order, *numbers, **more)

        def done(row: Row) -> bool:
            if (row.taken if taken else row.carried_out) == number:
                return True
            if not row.fine:
                raise ProgramEnded
            return False

        try:
            await self._rtde.rows.until(done, None)
        except ProgramEnded:
            raise await self._cause(order) from None

    async def _cause(self, order: Order) -> Exception:
        """Why the control program has ended or been stopped."""
        for _ in range(int(CAUSE / 0.01)):
            row = self._row
            known = self._exception or (row.safety_mode in FAULTY and self._error)
            if known or row.safety_mode in EMERGENCY | PROTECTIVE:
                break
            await asyncio.sleep(0.01)
        trouble = self._trouble(self._row)
        if trouble is not None:
            return trouble
        if self._exception is not None:
            return CommandRejected(self.name, f"{order.name.lower()}: {self._exception.text}")
        with contextlib.suppress(ConnectionLost):
            await self._poll_mode()
        if not self._mode.accepts_programs:
            return MotionAborted(self.name, f"the mode changed to {self._mode.name.lower().replace('_', ' ')}")
        return MotionAborted(self.name, "the control program was ended on the robot")

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        self._stops_given += 1
        if category is StopCategory.ZERO:
            await self._command(dashboard.POWER_OFF)
        elif self._program_ours(self._row):
            self._stop_number += 1
            wanted = self._stop_number
            self._send(STOP, wanted)
            try:
                await self._rtde.rows.until(lambda row: row.stopped >= wanted or not self._program_ours(row), STOPPED)
            except TimeoutError:
                await self._command(dashboard.STOP)
        await self._stood()
        if category is StopCategory.ONE:
            await self._command(dashboard.POWER_OFF)
