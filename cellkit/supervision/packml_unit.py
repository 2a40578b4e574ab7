"""The cell as a PackML unit: the line's commands become commands of the task, the task's ends become states."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Arm
from cellkit.errors import CellkitError, DeviceError
from cellkit.supervision.jobs import Job, JobState
from cellkit.supervision.packml_state_machine import Command, CommandNotAllowed, Mode, PackML, State
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.supervision.states import StopMode, TaskState
from cellkit.supervision.task import ProgramTask
from cellkit.timing import now

_RUNNING = frozenset(
    {
        State.STARTING,
        State.EXECUTE,
        State.HOLDING,
        State.HELD,
        State.UNHOLDING,
        State.SUSPENDING,
        State.SUSPENDED,
        State.UNSUSPENDING,
        State.COMPLETING,
    }
)
_WAITS_FOR = {
    JobState.EXECUTING: (State.STARTING, State.UNHOLDING, State.UNSUSPENDING),
    JobState.SUSPENDED: (State.HOLDING, State.SUSPENDING),
}
"""Acting states whose work is done when the program's job is in a state."""


class PackMLUnit:
    """Drives a ``PackML`` machine by the task, and the task by the machine.

    ``program`` is the program that Start runs.
    """

    def __init__(self, cell: Cell, task: ProgramTask, program: str | None, on_change: Callable[[], None]) -> None:
        self._cell = cell
        self._task = task
        self._program = program
        self._client = "line"
        self._work: set[asyncio.Task[None]] = set()
        self.machine = PackML(now)
        self.machine.on_change(lambda before, after: self._entered(after))
        self.machine.on_change(lambda before, after: on_change())

    def command(self, command: Command, client: str) -> None:
        """Carry out a command of the line. Raises ``RequestRefused`` where the state does not allow it."""
        if command is Command.START and self.machine.mode is not Mode.PRODUCTION:
            raise RequestRefused(
                RefusalCode.WRONG_MODE, f"Start needs unit mode PRODUCTION, not {self.machine.mode.name}"
            )
        self._client = client
        self._ask(command)

    def set_mode(self, mode: int) -> None:
        """Change the unit mode. Raises ``RequestRefused``."""
        try:
            self.machine.set_mode(Mode(mode))
        except (ValueError, CommandNotAllowed) as error:
            known = ", ".join(f"{each.value} {each.name}" for each in Mode)
            text = f"unit mode {mode} does not exist; known: {known}" if isinstance(error, ValueError) else str(error)
            why = RefusalCode.ARGUMENT if isinstance(error, ValueError) else RefusalCode.WRONG_STATE
            raise RequestRefused(why, text, 0) from None

    def alarmed(self) -> None:
        """Abort: an arm was stopped from elsewhere, or a device is lost."""
        if self.machine.state in _RUNNING:
            self._ask(Command.ABORT)

    def job_changed(self, job: Job) -> None:
        """Follow a job of the task that has changed."""
        if job.command != "RunProgram":
            return
        state = self.machine.state
        if job.state is JobState.EXECUTING and state is State.IDLE:
            self.machine.command(Command.START)  # another client started the program: the unit follows all the same
        elif state in _WAITS_FOR.get(job.state, ()):
            self.machine.done()
        elif job.state is JobState.SUCCEEDED and state in _RUNNING:
            self._finish()
        elif job.state.ended and state in (State.STOPPING, State.ABORTING):
            self.machine.done()
        elif job.state.ended and state in _RUNNING:
            if state is State.COMPLETING:
                self.machine.done()
            else:
                self._ask(Command.STOP if job.state is JobState.CANCELLED else Command.ABORT)

    def _finish(self) -> None:
        """Follow the program to its end, from any running state."""
        if self.machine.state in (State.STARTING, State.UNHOLDING, State.UNSUSPENDING):
            self.machine.done()
        if self.machine.state is State.EXECUTE:
            self.machine.done()
        if self.machine.state is State.COMPLETING:
            self.machine.done()
        elif self.machine.state in _RUNNING:
            self._ask(Command.STOP)

    def _ask(self, command: Command) -> None:
        try:
            self.machine.command(command)
        except CommandNotAllowed as error:
            raise RequestRefused(RefusalCode.WRONG_STATE, str(error)) from None

    def _entered(self, state: State) -> None:
        act = {
            State.RESETTING: self._reset,
            State.STARTING: self._start,
            State.HOLDING: self._hold,
            State.SUSPENDING: self._hold,
            State.UNHOLDING: self._unhold,
            State.UNSUSPENDING: self._unhold,
            State.STOPPING: self._stop,
            State.ABORTING: self._abort,
            State.CLEARING: self._clear,
            State.COMPLETING: self._complete,
        }.get(state)
        if act is not None:
            self._spawn(self._acting(act, state))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _acting(self, act: Callable[[], Coroutine[Any, Any, bool]], state: State) -> None:
        """Do the work of an acting state; abort if it fails."""
        try:
            done = await act()
        except (CellkitError, DeviceError):
            if self.machine.state is state and state is not State.ABORTING:
                self._ask(Command.ABORT)
            elif self.machine.state is state:
                self.machine.done()
            return
        if done and self.machine.state is state:
            self.machine.done()

    async def _reset(self) -> bool:
        if self._task.state is TaskState.IDLE and self._program is not None:
            self._task.load(self._program)
        return True

    async def _start(self) -> bool:
        if self._task.job is not None and not self._task.job.state.ended:
            return True
        if self._task.state is TaskState.IDLE and self._program is not None:
            self._task.load(self._program)
        return self._task.start(self._client).state is JobState.EXECUTING

    async def _hold(self) -> bool:
        self._task.suspend()
        return False

    async def _unhold(self) -> bool:
        self._task.resume()
        return True

    async def _stop(self) -> bool:
        return self._end_program("stopped by the line")

    async def _abort(self) -> bool:
        with contextlib.suppress(DeviceError):  # a lost device cannot be stopped; all others were
            await self._cell.stop()
        return self._end_program("aborted")

    async def _complete(self) -> bool:
        return self._end_program("completed by the line")

    def _end_program(self, why: str) -> bool:
        """Request the end of the program; True when no program runs."""
        job = self._task.job
        if job is None or job.state.ended:
            return True
        self._task.stop(StopMode.ON_PATH, why)
        return False

    async def _clear(self) -> bool:
        for device in self._cell.devices.values():
            if isinstance(device, Arm):
                await device.recover()
        return True
