"""The cell's program as a task: it is loaded, started, suspended between two commands and stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import DeviceEvent
from cellkit.devices.actuator import Actuator
from cellkit.errors import CellkitError
from cellkit.scenario.program import Program, ProgramError, cause_of
from cellkit.supervision.jobs import Job, JobBoard, JobState
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.supervision.states import Reason, StopMode, TaskState
from cellkit.yamlfile import near_names


@dataclass(frozen=True, slots=True)
class KnownProgram:
    """A program that may run in the cell."""

    name: str
    file: Path
    main: Program


class ProgramTask:
    """The one task of a cell. ``on_change(state, suspended, reason)`` is called at each change."""

    def __init__(self, cell: Cell, programs: Mapping[str, KnownProgram], board: JobBoard) -> None:
        self._cell = cell
        self._programs = programs
        self._board = board
        self._job: Job | None = None
        self.loaded: str | None = None
        self.state = TaskState.IDLE
        self.suspended = False
        self.before_start: Callable[[], None] = lambda: None
        self.on_change: Callable[[TaskState, bool, Reason], None] = lambda state, suspended, reason: None
        cell.on_event(self._on_event)
        self._parts = 0
        self._suspending = False

    @property
    def job(self) -> Job | None:
        """The job that runs the program, or ran it last."""
        return self._job

    def load(self, name: str) -> None:
        """Choose a program. Raises ``RequestRefused``."""
        if self.state is not TaskState.IDLE:
            raise RequestRefused(RefusalCode.WRONG_STATE, f"the program {self.loaded!r} is loaded; unload it first")
        self._known(name)
        self.loaded = name
        self._become(TaskState.READY, False, Reason.EXTERNAL)

    def change(self, name: str) -> None:
        """Load another program in place of the loaded one. Raises ``RequestRefused``; then the loaded one stays."""
        if self.state is TaskState.EXECUTING:
            raise RequestRefused(RefusalCode.WRONG_STATE, "the program runs already")
        self._known(name)
        if self.state is TaskState.READY:
            self.unload()
        self.load(name)

    def unload(self, name: str | None = None) -> None:
        """Unload the program. Raises ``RequestRefused`` while it runs, or when another one is loaded."""
        if self.state is not TaskState.READY or self.suspended:
            raise RequestRefused(
                RefusalCode.WRONG_STATE, "no program is loaded" if self.loaded is None else "the program runs"
            )
        if name is not None and name != self.loaded:
            raise RequestRefused(RefusalCode.UNKNOWN, f"{name!r} is not loaded, {self.loaded!r} is", 0)
        self.loaded = None
        self._become(TaskState.IDLE, False, Reason.EXTERNAL)

    def start(self, client: str) -> Job:
        """Start the loaded program, or resume it where it is suspended. Raises ``RequestRefused``."""
        if self.state is not TaskState.READY or self.loaded is None:
            reason = "no program is loaded" if self.loaded is None else "the program runs already"
            raise RequestRefused(RefusalCode.WRONG_STATE, reason)
        if self.suspended:
            assert self._job is not None
            self.resume()
            return self._job
        program = self._programs[self.loaded]
        self.before_start()
        job = self._board.submit(
            "RunProgram", "", {"Name": self.loaded}, client, self._cell.devices, lambda job: self._run(program, job)
        )
        self._job = job
        self._become(TaskState.EXECUTING, False, Reason.EXTERNAL)
        return job

    def suspend(self, job: Job | None = None) -> None:
        """Hold the program before its next command to a moving device. Raises ``RequestRefused``."""
        running = self._job
        if self.state is not TaskState.EXECUTING or running is None or (job is not None and job is not running):
            raise RequestRefused(RefusalCode.WRONG_STATE, "no program runs")
        if running.state is not JobState.EXECUTING:
            raise RequestRefused(RefusalCode.WRONG_STATE, f"the program is {running.state.name.lower()}")
        self._suspending = True
        for device in self._actuators():
            device.hold()

    def look(self) -> None:
        """Mark the program as suspended once all devices are at rest; call it periodically."""
        if self._suspending and not any(device.busy for device in self._actuators()):
            self._suspending = False
            assert self._job is not None
            self._board.change(self._job, JobState.SUSPENDED)
            self._become(TaskState.READY, True, Reason.EXTERNAL)

    def resume(self, job: Job | None = None) -> None:
        """Resume a suspended program. Raises ``RequestRefused``."""
        running = self._job
        if not (self.suspended or self._suspending) or running is None or (job is not None and job is not running):
            raise RequestRefused(RefusalCode.WRONG_STATE, "no program is suspended")
        self._suspending = False
        self._board.change(running, JobState.EXECUTING)
        self._become(TaskState.EXECUTING, False, Reason.EXTERNAL)
        self._let_go()

    def stop(self, mode: StopMode, why: str) -> None:
        """Stop the program. Raises ``RequestRefused`` when none runs."""
        if self._job is None or self._job.state.ended:
            raise RequestRefused(RefusalCode.WRONG_STATE, "no program runs")
        if mode is StopMode.END_OF_INSTRUCTION:
            self.suspend()
        else:
            self._board.cancel(self._job, why)
            self._let_go()

    def reset(self, why: str) -> None:
        """End a suspended program: the next start begins at its beginning. Raises ``RequestRefused``."""
        if not self.suspended:
            raise RequestRefused(RefusalCode.WRONG_STATE, "no program is suspended")
        self.stop(StopMode.ON_PATH, why)

    def _known(self, name: str) -> None:
        if name not in self._programs:
            known = near_names(name, self._programs) if self._programs else "this cell has none"
            raise RequestRefused(RefusalCode.UNKNOWN, f"no program {name!r}; {known}", 0)

    async def _run(self, program: KnownProgram, job: Job) -> dict[str, Any]:
        self._parts = 0
        reason = Reason.APPLICATION
        try:
            await program.main(self._cell)
        except (Exception, SystemExit) as error:
            reason = Reason.ERROR
            cause, line = cause_of(error, program.file)
            if isinstance(cause, CellkitError):
                raise cause from None
            where = f"{program.file.name}:{line}" if line else program.file.name
            raise ProgramError(f"the program raised {type(cause).__name__}: {cause}", where) from None
        finally:
            if job.asked_to_cancel:
                reason = Reason.EXTERNAL
            self._suspending = False
            self._let_go()
            self._become(TaskState.READY, False, reason)
        return {"parts_finished": float(self._parts)}

    def ended_unstarted(self, job: Job) -> None:
        """Handle a job that was cancelled while it waited."""
        if job is self._job and job.state.ended and self.state is TaskState.EXECUTING:
            self._become(TaskState.READY, False, Reason.EXTERNAL)

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "part_finished" and self._job is not None and not self._job.state.ended:
            self._parts += 1
            self._board.change(self._job, progress=min(100.0, 100.0 * self._parts / self._cell.quantity))

    def _actuators(self) -> list[Actuator]:
        return [device for device in self._cell.devices.values() if isinstance(device, Actuator)]

    def _let_go(self) -> None:
        for device in self._actuators():
            device.resume()

    def _become(self, state: TaskState, suspended: bool, reason: Reason) -> None:
        if (state, suspended) != (self.state, self.suspended):
            self.state, self.suspended = state, suspended
            self.on_change(state, suspended, reason)
