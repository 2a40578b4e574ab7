"""One run of a program on one hidden seed: what came of it, and the first thing that went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

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

_PRINTED = 2_000  # characters of a program's output that are kept


class FailingEvent(BaseModel):
    """The first thing that went wrong. ``kind`` as in ``FailurePattern``; ``time`` in s of cell time.

    ``pose`` is x, y, z (m) and a quaternion (x, y, z, w) in ``frame``: of the part that was judged, or else of the tool
    centre point of the arm that it concerns. ``line`` is that of the program; ``doing`` what the arm was told last.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    what: str
    time: float
    device: str | None = None
    line: int | None = None
    pose: list[float] | None = None
    frame: str | None = None
    doing: str | None = None
    hint: str | None = None


class Attempt(BaseModel):
    """One run. ``seconds`` of cell time and ``joules`` are for each good part, of runs that succeeded without a fault.

    ``ended``: the program had to be ended, or ended its process.
    """

    model_config = ConfigDict(frozen=True)

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
        """Of what was to be done: all of it in a run that succeeded, none where all parts were good and it failed."""
        if self.success:
            return 1.0
        return self.good / self.total if self.good < self.total else 0.0


@dataclass(frozen=True, slots=True)
class _Spot:
    """Something that may have gone wrong, and where everything was then."""

    trouble: Trouble
    pose: list[float] | None = None
    doing: str | None = None


class _Watched(Run):
    """A run that notes what goes wrong, and where the arm was then."""

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
        self.spots: list[_Spot] = []
        self._doing: dict[str, str] = {}
        self._built: BuiltCell | None = None

    async def _main(self, built: BuiltCell, *rest: Any) -> None:
        self._built = built
        await super()._main(built, *rest)

    def _trouble(self, trouble: Trouble) -> None:
        arm = self._arm_of(trouble.device)
        self.spots.append(_Spot(trouble, self._tcp(arm), self._doing.get(arm or "")))

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
            self.spots.append(_Spot(Trouble(kind, f"{subject}: {record['fault']}", when), pose))

    def _arm_of(self, device: str | None) -> str | None:
        """The arm that a device is, or is on; the only one, where there is only one."""
        arms = list(self.plan.arms)
        if device in arms:
            return device
        on = getattr(self.plan.file.devices.get(device or ""), "on", None)
        return on if on in arms else arms[0] if len(arms) == 1 else None

    def _tcp(self, arm: str | None) -> list[float] | None:
        """Pose of an arm's tool centre point in frame world, now."""
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
        run = _Watched(exercise, variant, seed, remote)
        record = run.execute()
    except ConfigError as error:
        raise ConfigError(f"exercise {file.name}: {error}") from None
    if isinstance(run.error, CannotGrade):
        raise run.error
    seen = remote.seen
    event = _first(run.spots, record, variant)
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
        attempts=[f"{one.what}, line {one.line}" if one.line else one.what for one in seen.attempts],
        printed=seen.printed[:_PRINTED],
        trace_sha256=record.trace_sha256,
    )


def _first(spots: list[_Spot], record: RunRecord, variant: Variant) -> FailingEvent | None:
    """The first thing that went wrong. What is only wrong with the parts counts when the run has failed by it."""
    parts = ("parts", "answer")
    # With a fault the program is to fail, or parts may be lost on the way: the scenario says what is right.
    counted = [one for one in spots if not (record.success and (one.trouble.kind in parts or variant.fault))]
    if variant.fault is not None and record.failure is not None:
        counted = [one for one in counted if one.trouble.kind == "collision"]
    if counted:
        spot = min(counted, key=lambda one: one.trouble.when)
        trouble = spot.trouble
        return FailingEvent(
            kind=trouble.kind,
            what=trouble.what,
            time=trouble.when,
            device=trouble.device,
            line=trouble.line,
            pose=spot.pose,
            frame=None if spot.pose is None else "world",
            doing=spot.doing,
        )
    if record.failure is None:
        return None
    kind = "fault" if variant.fault is not None else "parts"
    return FailingEvent(kind=kind, what=record.failure.what, time=record.failure.when)


def _flat(pose: Pose) -> list[float]:
    return [*pose.position.tolist(), *pose.quaternion]
