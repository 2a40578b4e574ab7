"""Commands as jobs: a job is accepted at once, waits for its turn, runs, and stays in the list after its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    ConnectionLost,
    DeviceBusy,
    DeviceFault,
    EmergencyStop,
    GraspLost,
    LimitViolation,
    MotionAborted,
    MotionTimeout,
    OutOfReach,
    ProtectiveStop,
    TaskFailed,
)
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import utc

MOST_WAITING = 20
"""Number of jobs that may wait; a further job is refused."""
MOST_KEPT = 100
"""Number of ended jobs that are stored, the newest ones."""


class JobState(Enum):
    """States of a job; the value is its number in the OPC UA model."""

    ACCEPTED = 0
    QUEUED = 1
    EXECUTING = 2
    SUSPENDED = 3
    CANCELLING = 4
    SUCCEEDED = 5
    FAILED = 6
    CANCELLED = 7

    @property
    def ended(self) -> bool:
        """True when the job will not change any more."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (OutOfReach, "Unreachable"),
    (LimitViolation, "LimitViolation"),
    (DeviceBusy, "Busy"),
    (CommandRejected, "Rejected"),
    (MotionAborted, "Aborted"),
    (MotionTimeout, "Timeout"),
    (ProtectiveStop, "ProtectiveStop"),
    (EmergencyStop, "EmergencyStop"),
    (DeviceFault, "DeviceFault"),
    (GraspLost, "GraspLost"),
    (ConnectionLost, "ConnectionLost"),
    (ConnectionFailed, "ConnectionLost"),
    (TaskFailed, "TaskFailed"),
)
"""The name of a job's ``failure`` by the error that ended it; the first entry that fits counts."""


def failure_of(error: BaseException) -> str:
    """Return the name of a failure."""
    return next((name for kind, name in FAILURES if isinstance(error, kind)), "Error")


@dataclass(slots=True, eq=False)
class Job:
    """One accepted command. Times are in s UTC; ``progress`` is in percent, None: not known."""

    id: str
    command: str
    device: str
    arguments: Mapping[str, Any]
    client: str
    resources: frozenset[str]
    state: JobState = JobState.ACCEPTED
    progress: float | None = None
    failure: str = ""
    reason: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    submitted: float = field(default_factory=utc)
    started: float | None = None
    ended: float | None = None
    asked_to_cancel: str = ""
    """The reason for which the job is to be cancelled; empty: it is not."""
    task: asyncio.Task[None] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the job as plain data for clients."""
        return {
            "id": self.id,
            "command": self.command,
            "device": self.device,
            "arguments": dict(self.arguments),
            "client": self.client,
            "state": self.state.value,
            "progress": self.progress,
            "failure": self.failure,
            "reason": self.reason,
            "result": self.result,
            "submitted": self.submitted,
            "started": self.started,
            "ended": self.ended,
        }


Work: TypeAlias = Callable[[Job], Awaitable[dict[str, Any] | None]]


class JobBoard:
    """All jobs of a cell.

    A job runs when no earlier job needs any of the same ``resources``. ``run_id`` makes ids differ from those of an
    earlier run of the cell.
    """

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._count = 0
        self._jobs: dict[str, Job] = {}
        self._waiting: dict[str, Work] = {}
        self._listeners: list[Callable[[Job], None]] = []

    def on_change(self, listener: Callable[[Job], None]) -> None:
        """Call ``listener(job)`` after each change of a job."""
        self._listeners.append(listener)

    def jobs(self) -> list[Job]:
        """Return all stored jobs, oldest first."""
        return list(self._jobs.values())

    def get(self, job_id: str) -> Job:
        """Return one job. Raises ``RequestRefused`` for an id that is not stored."""
        if job_id not in self._jobs:
            raise RequestRefused(
                RefusalCode.UNKNOWN, f"no job {job_id!r} is stored; the last {MOST_KEPT} ended jobs are", 0
            )
        return self._jobs[job_id]

    def active(self, device: str | None = None) -> list[Job]:
        """Return the jobs that have not ended, oldest first; those that need a device, or all."""
        return [job for job in self._jobs.values() if not job.state.ended and device in (None, *job.resources)]

    def submit(
        self,
        command: str,
        device: str,
        arguments: Mapping[str, Any],
        client: str,
        resources: Collection[str],
        work: Work,
    ) -> Job:
        """Accept a job; it starts once its resources are free. Raises ``RequestRefused`` when too many jobs wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise RequestRefused(
                RefusalCode.FULL, f"{MOST_WAITING} jobs wait already; wait for one to end, or cancel one"
            )
        self._count += 1
        job = Job(f"{self._run_id}-{self._count:04d}", command, device, arguments, client, frozenset(resources))
        self._jobs[job.id] = job
        self._forget()
        self._tell(job)
        self._waiting[job.id] = work
        self._begin()
        if job.state is JobState.ACCEPTED:
            self.change(job, JobState.QUEUED)
        return job

    def cancel(self, job: Job, why: str) -> None:
        """Cancel a job; the cancelled command stops its device. Raises ``RequestRefused`` once the job has ended."""
        if job.state.ended:
            raise RequestRefused(RefusalCode.WRONG_STATE, f"job {job.id} has ended already: {job.state.name.lower()}")
        if job.asked_to_cancel:
            return
        job.asked_to_cancel = why
        if job.started is not None:
            assert job.task is not None
            self.change(job, JobState.CANCELLING)
            job.task.cancel()
            return
        if job.task is not None:
            job.task.cancel()  # the job was cancelled between its start and its first step, so that its work never runs
        self._waiting.pop(job.id, None)
        self._end(job, JobState.CANCELLED, "Cancelled", why)
        self._begin()

    async def finished(self, job: Job) -> None:
        """Wait for a job's end."""
        if job.state.ended:
            return
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def look(changed: Job) -> None:
            if changed is job and job.state.ended and not ended.done():
                ended.set_result(None)

        self._listeners.append(look)
        try:
            await ended
        finally:
            self._listeners.remove(look)

    async def close(self, why: str) -> None:
        """Cancel all jobs, and wait until all have ended."""
        for job in reversed(self.active()):
            with contextlib.suppress(RequestRefused):
                self.cancel(job, why)
        for job in self.active():
            await self.finished(job)

    def change(self, job: Job, state: JobState | None = None, progress: float | None = None) -> None:
        """Change a job's state or progress; a job that has ended stays as it is."""
        if job.state.ended or (state is JobState.EXECUTING and job.asked_to_cancel):
            return
        if state is not None:
            job.state = state
        if progress is not None:
            job.progress = progress
        self._tell(job)

    def _begin(self) -> None:
        """Start every waiting job whose resources no earlier job needs."""
        taken: set[str] = set()
        for job in self._jobs.values():
            if job.state.ended:
                continue
            if job.id in self._waiting and not taken & job.resources:
                job.task = asyncio.get_running_loop().create_task(self._run(job, self._waiting.pop(job.id)))
            taken |= job.resources

    async def _run(self, job: Job, work: Work) -> None:
        try:
            job.started = utc()
            self.change(job, JobState.EXECUTING)
            job.result = await work(job) or {}
        except asyncio.CancelledError:
            self._end(job, JobState.CANCELLED, "Cancelled", job.asked_to_cancel or "the cell is being closed")
        except Exception as error:
            if job.asked_to_cancel and isinstance(error, MotionAborted):
                self._end(job, JobState.CANCELLED, "Cancelled", job.asked_to_cancel)
            else:
                self._end(job, JobState.FAILED, failure_of(error), str(error) or type(error).__name__)
        else:
            job.progress = 100.0
            self._end(job, JobState.SUCCEEDED)
        finally:
            self._begin()

    def _end(self, job: Job, state: JobState, failure: str = "", reason: str = "") -> None:
        job.state, job.failure, job.reason, job.ended = state, failure, reason, utc()
        self._tell(job)

    def _tell(self, job: Job) -> None:
        for listener in tuple(self._listeners):
            listener(job)

    def _forget(self) -> None:
        over = [job.id for job in self._jobs.values() if job.state.ended]
        for job_id in over[: max(0, len(over) - MOST_KEPT)]:
            del self._jobs[job_id]
