"""One run of a program on one hidden seed, with its outcome and its first failing event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.errors import ConfigError
from cellkit.exercise.config import Exercise, Variant
from cellkit.exercise.hints import hint_for
from cellkit.exercise.host import RemoteProgram, Trouble
from cellkit.exercise.student import CannotGrade, ProgramText
from cellkit.geometry import Pose
from cellkit.registry import task_packages
from cellkit.scenario.processes.ground_truth import GroundTruth
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.frozen_model import FrozenModel

_PRINTED = 2_000  # characters of a program's output that are stored


class FailingEvent(FrozenModel):
    """The first error of a run. ``kind`` as in ``FailurePattern``; ``time`` in s of cell time.

    ``pose`` is x, y, z (m) and a quaternion (x, y, z, w) in ``frame``: of the judged part, or else of the tool centre
    point of the arm concerned. ``line`` is the line of the program; ``doing`` is the arm's last command.
    """

    kind: str
    what: str
    time: float
    device: str | None = None
    line: int | None = None
    pose: list[float] | None = None
    frame: str | None = None
    doing: str | None = None
    hint: str | None = None


class Attempt(FrozenModel):
    """One run. ``seconds`` of cell time and ``joules`` are per good part, for runs that succeeded without a fault.

    ``ended``: the program had to be ended, or ended its own process.
    """

    seed: int
    variant: int
    scenario: str
    arm: str
    gripper: str | None
    world: str
    fault: str | None
    success: bool
    ended: bool
    good: int
    total: int
    collisions: int | None
    refused: int
    seconds: float | None
    joules: float | None
    event: FailingEvent | None
    attempts: list[str] = []
    printed: str = ""
    trace_sha256: str = ""

    @property
    def share(self) -> float:
        """The share of the task that was done: 1 for a success, 0 for a failure with only good parts."""
        if self.success:
            return 1.0
        return self.good / self.total if self.good < self.total else 0.0


@dataclass(frozen=True, slots=True)
class _Incident:
    """A possible error, with the arm's pose and last command at that time."""

    trouble: Trouble
    pose: list[float] | None = None
    doing: str | None = None


class _ObservedRun(Run):
    """A run that records errors, with the arm's pose at that time."""

    def __init__(self, exercise: Exercise, variant: Variant, seed: int, program: RemoteProgram) -> None:
        file = exercise.file
        options = RunOptions(
            arm=variant.arm,
            gripper=variant.gripper,
            world=variant.world or file.world,
            fault=variant.fault,
            seed=seed,
            quantity=variant.quantity or file.quantity,
        )
        super().__init__(exercise.scenario(variant), options, program)
        program.on_trouble = self._trouble
        self.on_record = self._record
        self.incidents: list[_Incident] = []
        self._doing: dict[str, str] = {}
        self._built: BuiltCell | None = None

    async def _main(self, built: BuiltCell, *rest: Any) -> None:
        self._built = built
        await super()._main(built, *rest)

    def _trouble(self, trouble: Trouble) -> None:
        arm = self._arm_of(trouble.device)
        self.incidents.append(_Incident(trouble, self._tcp(arm), self._doing.get(arm or "")))

    def _record(self, record: dict[str, Any]) -> None:
        source, what, when = record["source"], record["what"], record["t"]
        if what == "command":
            self._doing[source] = str(record["command"])
        elif source == "world" and what == "collision":
            arm = str(record["subject"]).partition(".")[0]
            text = f"{record['subject']} hit {record['other']}"
            self._trouble(Trouble("collision", text, when, arm))
        elif source == "process" and record.get("fault"):
            subject = record.get("part") or record.get("key") or what
            kind = "answer" if what == "answer" else "parts"
            pose = record.get("pose")
            self.incidents.append(_Incident(Trouble(kind, f"{subject}: {record['fault']}", when), pose))

    def _arm_of(self, device: str | None) -> str | None:
        """Return the arm that a device is or is mounted on; the only arm if the cell has one."""
        arms = list(self.plan.arms)
        if device in arms:
            return device
        on = getattr(self.plan.file.devices.get(device or ""), "on", None)
        return on if on in arms else arms[0] if len(arms) == 1 else None

    def _tcp(self, arm: str | None) -> list[float] | None:
        """Return the present pose of an arm's tool centre point in frame world."""
        if arm is None or self._built is None:
            return None
        tool = self._built.cell.arm(arm).tool.tcp.matrix
        return _flat(Pose(GroundTruth(self._built, arm).flange() @ tool, "world"))


def attempt(exercise: Exercise, number: int, seed: int, program: ProgramText, protected: bool = True) -> Attempt:
    """Run the program once, on variant ``number``. Raises ``ConfigError``, ``CannotGrade``, ``KeyboardInterrupt``."""
    file = exercise.file
    variant = file.variants[number]
    remote = RemoteProgram(program, file.limits.of_process(), file.limits.cell_time, task_packages(), protected)
    try:
        run = _ObservedRun(exercise, variant, seed, remote)
        record = run.execute()
    except ConfigError as error:
        raise ConfigError(f"exercise {file.name}: {error}") from None
    if isinstance(run.error, CannotGrade):
        raise run.error
    seen = remote.seen
    event = _first(run.incidents, record, variant)
    timed = record.success and record.parts_good > 0 and variant.fault is None
    return Attempt(
        seed=seed,
        variant=number,
        scenario=record.scenario,
        arm=record.arm,
        gripper=record.gripper,
        world=record.world,
        fault=record.fault,
        success=record.success,
        ended=seen.ended,
        good=record.parts_good,
        total=record.parts_total,
        collisions=record.collisions,
        refused=len(seen.violations),
        seconds=record.simulated_time / record.parts_good if timed else None,
        joules=record.energy / record.parts_good if timed and record.energy is not None else None,
        event=None
        if event is None
        else event.model_copy(update={"hint": hint_for(event.kind, event.what, event.device, file.hints)}),
        attempts=[
            f"{trouble.what}, line {trouble.line}" if trouble.line else trouble.what for trouble in seen.attempts
        ],
        printed=seen.printed[:_PRINTED],
        trace_sha256=record.trace_sha256,
    )


def _first(incidents: list[_Incident], record: RunRecord, variant: Variant) -> FailingEvent | None:
    """Return the first error. Wrong parts or answers count only if the run has failed."""
    parts = ("parts", "answer")
    # With a fault the program is supposed to fail, or parts may be lost: the scenario states the right outcome.
    counted = [one for one in incidents if not (record.success and (one.trouble.kind in parts or variant.fault))]
    if variant.fault is not None and record.failure is not None:
        counted = [incident for incident in counted if incident.trouble.kind == "collision"]
    if counted:
        incident = min(counted, key=lambda candidate: candidate.trouble.when)
        trouble = incident.trouble
        return FailingEvent(
            kind=trouble.kind,
            what=trouble.what,
            time=trouble.when,
            device=trouble.device,
            line=trouble.line,
            pose=incident.pose,
            frame=None if incident.pose is None else "world",
            doing=incident.doing,
        )
    if record.failure is None:
        return None
    kind = "fault" if variant.fault is not None else "parts"
    return FailingEvent(kind=kind, what=record.failure.what, time=record.failure.when)


def _flat(pose: Pose) -> list[float]:
    return [*pose.position.tolist(), *pose.quaternion]
