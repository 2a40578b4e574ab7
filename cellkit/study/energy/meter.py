"""Records the power of the arms' motors in a run, in a form that can be stored; it contains no assumption.

::

    run = Run(scenario, options)
    meter = PowerMeter(run.plan.arms)
    run.on_power = meter
    record = run.execute()
    log = meter.log()  # None in a world without masses
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cellkit.controller.world import PowerSample
from cellkit.models.arm import ArmModel
from cellkit.study.frozen_model import FrozenModel

DIGITS = 5  # significant digits of a log


class ArmLog(FrozenModel):
    """The samples of one arm; every value is a sum over its joints.

    ``driving`` and ``braking`` (both ≥ 0) in W: the mechanical power from the motors to the joints and back.
    ``load`` in W: a joint's greatest power times the square of the ratio of its torque to its greatest torque.
    ``rubbing`` in W: a joint's greatest torque times its speed. A joint without a known greatest torque adds to
    neither of the last two. ``work`` in J is the integral of ``driving``, not rounded.
    """

    model: str
    work: float
    torques_known: bool
    driving: list[float]
    braking: list[float]
    load: list[float]
    rubbing: list[float]


class PowerLog(FrozenModel):
    """The samples of a run: ``interval`` s each; the first one begins at ``start`` (s of cell time)."""

    start: float
    interval: float
    arms: dict[str, ArmLog]

    @property
    def duration(self) -> float:
        """The duration of all samples in s."""
        return self.interval * max(len(arm.driving) for arm in self.arms.values())


class PowerMeter:
    """Collects the samples of ``Run.on_power``. ``arms``: role → model, as in ``Run.plan.arms``."""

    def __init__(self, arms: Mapping[str, ArmModel]) -> None:
        self._arms = {role: _Arm(model) for role, model in arms.items()}
        self._first: PowerSample | None = None

    def __call__(self, sample: PowerSample) -> None:
        """Add one sample."""
        if self._first is None:
            self._first = sample
        self._arms[sample.arm].add(sample)

    def log(self) -> PowerLog | None:
        """Return all samples so far; None if there are none, as in a world without masses."""
        first = self._first
        if first is None:
            return None
        return PowerLog(
            start=first.time - first.duration,
            interval=first.duration,
            arms={role: arm.log() for role, arm in self._arms.items()},
        )


class _Arm:
    def __init__(self, model: ArmModel) -> None:
        self._model = model
        joints = model.kinematics.joints
        self._greatest = [joint.max_effort or 0.0 for joint in joints]
        self._scale = [joint.max_velocity / joint.max_effort if joint.max_effort else 0.0 for joint in joints]
        self._work = 0.0
        self._rows: list[tuple[float, float, float, float]] = []

    def add(self, sample: PowerSample) -> None:
        powers = [v * t for v, t in zip(sample.velocity, sample.torque, strict=True)]
        driving = sum(max(0.0, power) for power in powers)
        self._work += sample.duration * driving
        self._rows.append(
            (
                driving,
                -sum(min(0.0, power) for power in powers),
                sum(scale * t * t for scale, t in zip(self._scale, sample.torque, strict=True)),
                sum(t * abs(v) for t, v in zip(self._greatest, sample.velocity, strict=True)),
            )
        )

    def log(self) -> ArmLog:
        driving, braking, load, rubbing = ([row[column] for row in self._rows] for column in range(4))
        return ArmLog(
            model=self._model.id,
            work=self._work,
            torques_known=all(self._greatest),
            driving=_short(driving),
            braking=_short(braking),
            load=_short(load),
            rubbing=_short(rubbing),
        )


def _short(values: Iterable[float]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
