"""Supervises a running cell: readings, alarms, jobs, task and ownership, and notifies its listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cellkit.cell.build import BuiltCell
from cellkit.devices import Arm, Device, DeviceEvent, OperationalMode
from cellkit.errors import DeviceError
from cellkit.scenario.config import Scenario
from cellkit.supervision.alarms import Alarm, AlarmList
from cellkit.supervision.description import describe
from cellkit.supervision.high_rate_sampler import HighRateSampler
from cellkit.supervision.jobs import Job, JobBoard, JobState
from cellkit.supervision.jog import Jogs
from cellkit.supervision.kinds.alarm_kind import EMERGENCY_STOP, FAULT, LINK_LOST, PROTECTIVE_STOP
from cellkit.supervision.kinds.reading import Quality, Reading
from cellkit.supervision.operation import Operation
from cellkit.supervision.ownership import Client, Ownership
from cellkit.supervision.packml_unit import PackMLUnit
from cellkit.supervision.production import Production
from cellkit.supervision.progress import MotionProgress
from cellkit.supervision.sampler import Sampler
from cellkit.supervision.source_clock import SourceClock
from cellkit.supervision.states import Reason
from cellkit.supervision.task import KnownProgram, ProgramTask
from cellkit.timing import Periodic, utc

STOPPING_ALARMS = frozenset({LINK_LOST.name, EMERGENCY_STOP.name, PROTECTIVE_STOP.name, FAULT.name})
"""Alarms with which a device accepts no command."""

OnOwnerLost = Literal["stop", "finish"]


@dataclass(frozen=True, slots=True)
class SupervisionSettings:
    """``rate`` and ``record_rate`` in Hz (``record_rate`` 0: no recorder).

    ``modes``: operational modes in which arms accept commands from outside. ``on_owner_lost``: the treatment of the
    owner's jobs when its session or lease ends without a release.
    """

    rate: float = 20.0
    record_rate: float = 100.0
    modes: frozenset[OperationalMode] = frozenset({OperationalMode.AUTOMATIC, OperationalMode.AUTOMATIC_EXTERNAL})
    on_owner_lost: OnOwnerLost = "stop"
    path: str = "direct"


class Supervisor:
    """Supervises one cell from ``start()`` to ``close()``; ``listeners`` are called with each new message."""

    def __init__(
        self,
        built: BuiltCell,
        scenario: Scenario | None,
        programs: Mapping[str, KnownProgram],
        settings: SupervisionSettings | None = None,
        seed: int = 1,
    ) -> None:
        self.built = built
        self.cell = built.cell
        self.settings = settings or SupervisionSettings()
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self.board = JobBoard(f"{int(utc())}")
        self.jogs = Jogs(self.board)
        self.alarms = AlarmList(self.cell)
        self.ownership = Ownership()
        self.production = Production(built, scenario, seed)
        self.task = ProgramTask(self.cell, programs, self.board)
        self.packml_unit = PackMLUnit(self.cell, self.task, next(iter(programs), None), self._notify_packml)
        self.operations = {role: Operation(role) for role in built.plan.arms}
        self.readings: dict[str, Mapping[str, Reading]] = {}
        self._programs = programs
        self._clocks = {role: SourceClock() for role in self.cell.devices}
        self._progress = {role: MotionProgress() for role in built.plan.arms}
        self._codes: dict[str, str] = {}
        self._sampler: Sampler | None = None
        self._high_rate: HighRateSampler | None = None
        self._beat: Periodic | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self._production_counts: dict[str, Any] = {}
        self._listen()

    # --- life cycle -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start to supervise; the cell must be connected and prepared."""
        period = 1.0 / self.settings.rate
        self.production.start()
        self._sampler = Sampler(self.cell, period, self._on_read)
        if self.settings.record_rate > 0:
            self._high_rate = HighRateSampler(self.cell, 1.0 / self.settings.record_rate)
        self._beat = Periodic(period, self._on_beat)

    async def close(self, why: str = "the cell is being closed") -> None:
        """Cancel all jobs, then stop supervising."""
        await self.board.close(why)
        self.production.finish()
        if self._beat is not None:
            self._beat.close()
        for sampler in (self._sampler, self._high_rate):
            if sampler is not None:
                await sampler.close()

    def description(self) -> dict[str, Any]:
        """Return the description of the cell as plain data."""
        settings = self.settings
        return describe(
            self.built, self.alarms, list(self._programs), settings.path, settings.rate, settings.record_rate
        )

    def state_messages(self) -> list[dict[str, Any]]:
        """Return the state_messages present state as messages, for a new listener."""
        return [
            *(self._readings_message(role, readings) for role, readings in self.readings.items()),
            *({"kind": "job", **job.as_dict()} for job in self.board.jobs()),
            *({"kind": "alarm", **alarm.as_dict()} for alarm in self.alarms.alarms.values()),
            self.owner_message(),
            self._task_message(Reason.UNKNOWN),
            *(self._operation_message(operation, Reason.UNKNOWN) for operation in self.operations.values()),
            self._packml_message(),
            {"kind": "production", **self.production.counts()},
        ]

    def notify(self, message: dict[str, Any]) -> None:
        """Send a message to all listeners."""
        for listener in tuple(self.listeners):
            listener(message)

    # --- stopping ---------------------------------------------------------------------------------------------

    async def stop(self, why: str) -> None:
        """Stop all moving devices, and cancel the jobs: a functional stop. Raises the first error of a device."""
        for job in reversed(self.board.active()):
            if not job.asked_to_cancel:
                self.board.cancel(job, why)
        await self.cell.stop()

    # --- changes ----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        self.board.on_change(self._on_job)
        self.alarms.on_change = self._on_alarm
        self.ownership.on_change = lambda owner: self.notify(self.owner_message())
        self.ownership.on_lost = self._on_owner_lost
        self.task.on_change = lambda state, suspended, reason: self.notify(self._task_message(reason))
        self.task.before_start = self.production.renew_if_over
        for operation in self.operations.values():
            operation.on_change = lambda role, *_: self.notify(self._operation_message(self.operations[role], _[-1]))
        self.cell.on_event(self._on_event)

    def _on_read(self, device: Device, readings: Mapping[str, Reading]) -> None:
        if device.name in self._codes:
            readings = {**readings, "last_code": Reading(self._codes[device.name], *_good(readings))}
        if not _same_values(readings, self.readings.get(device.name, {})):
            self.attend()
        self.readings[device.name] = readings
        self.alarms.look(device, readings)
        if isinstance(device, Arm):
            self._look_at_arm(device, readings)
        self.notify(self._readings_message(device.name, readings))

    def _look_at_arm(self, arm: Arm, readings: Mapping[str, Reading]) -> None:
        operation = self.operations[arm.name]
        jobs = self.board.active(arm.name)
        running = [job for job in jobs if job.state in (JobState.EXECUTING, JobState.CANCELLING, JobState.SUSPENDED)]
        stopping = any(job.state is JobState.CANCELLING for job in running)
        operation.look(self.usable(arm.name), bool(running) and not self.task.suspended, stopping)
        for job in running:
            if job.device == arm.name and job.state is JobState.EXECUTING:
                progress = self._progress[arm.name].look(readings)
                if progress is not None and abs(progress - (job.progress or 0.0)) >= 1.0:
                    self.board.change(job, progress=progress)

    def attend(self) -> None:
        """Sample at the high rate for a while: something changes, or a client reads the samples."""
        if self._high_rate is not None:
            self._high_rate.wake()

    def usable(self, arm: str) -> bool:
        """Return whether an arm accepts a motion: connected, in a permitted mode, no stop, no fault."""
        reading = self.readings.get(arm, {}).get("operational_mode")
        if reading is None or reading.value is None or OperationalMode(reading.value) not in self.settings.modes:
            return False
        return not any(alarm.kind.name in STOPPING_ALARMS for alarm in self.alarms.active(arm))

    def _on_beat(self) -> None:
        self.task.look()
        if self._high_rate is not None:
            for block in self._high_rate.fetch():
                self.notify({"kind": "samples", **block})
        self._notify_production()

    def _notify_production(self) -> None:
        counts = self.production.counts()
        if counts != self._production_counts:
            self._production_counts = counts
            self.notify({"kind": "production", **counts})

    def _on_job(self, job: Job) -> None:
        if job.state.ended and job.started is not None and job is self.task.job:
            self.production.finish()
            self._notify_production()  # first: a client that sees the end sees the parts as well
        self.notify({"kind": "job", **job.as_dict()})
        self.task.ended_unstarted(job)
        self.packml_unit.job_changed(job)

    def _on_alarm(self, alarm: Alarm) -> None:
        self.notify({"kind": "alarm", **alarm.as_dict()})
        if alarm.active and alarm.kind.name in STOPPING_ALARMS:
            self.packml_unit.alarmed()

    def _on_owner_lost(self, owner: Client, why: str) -> None:
        self.notify({"kind": "trouble", "what": f"{why}; jobs: {self.settings.on_owner_lost}"})
        if self.settings.on_owner_lost == "stop" and self.board.active():
            task = asyncio.get_running_loop().create_task(self._stop_quietly(why))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    async def _stop_quietly(self, why: str) -> None:
        try:
            await self.stop(why)
        except DeviceError as error:
            self.notify({"kind": "trouble", "what": f"the stop did not reach all devices: {error}"})

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "command":
            self.attend()
            if event.device in self._progress:
                self._progress[event.device].begin(event)
        elif event.what == "code":
            self._codes[event.device] = str(event.data.get("text") or "")

    # --- messages ---------------------------------------------------------------------------------------------

    def _readings_message(self, role: str, readings: Mapping[str, Reading]) -> dict[str, Any]:
        clock = self._clocks[role]
        values = {}
        times: dict[float, float] = {}
        for name, reading in readings.items():
            if reading.stamp not in times:
                times[reading.stamp] = clock.utc(reading.stamp) if reading.value is not None else utc(reading.stamp)
            values[name] = [reading.value, reading.quality.value, times[reading.stamp]]
        return {"kind": "readings", "device": role, "values": values}

    def owner_message(self) -> dict[str, Any]:
        """Return the message that states the owner of command."""
        owner = self.ownership.owner
        return {
            "kind": "owner",
            "user": "" if owner is None else owner.user,
            "session": "" if owner is None else owner.session,
            "until": utc() + self.ownership.remaining() if owner is not None else None,
        }

    def _task_message(self, reason: Reason) -> dict[str, Any]:
        task = self.task
        return {
            "kind": "task",
            "loaded": task.loaded,
            "state": task.state.value,
            "suspended": task.suspended,
            "reason": int(reason),
            "time": utc(),
        }

    def _operation_message(self, operation: Operation, reason: Reason) -> dict[str, Any]:
        return {
            "kind": "operation",
            "device": operation.role,
            "state": operation.state.value,
            "getting_ready": operation.getting_ready,
            "stopping": operation.stopping,
            "reason": int(reason),
            "time": utc(),
        }

    def _notify_packml(self) -> None:
        self.notify(self._packml_message())

    def _packml_message(self) -> dict[str, Any]:
        machine = self.packml_unit.machine
        return {
            "kind": "line",
            "state": int(machine.state),
            "mode": int(machine.mode),
            "time": utc(),
        }


def _good(readings: Mapping[str, Reading]) -> tuple[Any, float]:
    reading = readings["last_code"]
    quality = Quality.GOOD if reading.quality is Quality.NOT_SUPPORTED else reading.quality
    return quality, reading.stamp


def _same_values(readings: Mapping[str, Reading], before: Mapping[str, Reading]) -> bool:
    """Return whether readings differ in nothing but their times."""
    if readings.keys() != before.keys():
        return False
    pairs = zip(readings.values(), before.values(), strict=True)
    return all(new.value == old.value and new.quality is old.quality for new, old in pairs)
