"""Records the power of the arms' motors in a run, in a form that can be stored; it contains no assumption.

A world's samples have the torques that move links and load. The torques of rotors and friction are added here, where
the arm's model knows them.

::

    run = Run(scenario, options)
    meter = PowerMeter(run.plan.arms)
    run.on_power = meter
    record = run.execute()
    log = meter.log()  # None if nothing has run
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cellkit.controller.world import PowerSample
from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.motion.dynamics import ArmDynamics
from cellkit.study.frozen_model import FrozenModel

DIGITS = 5  # significant digits of a log


class ArmLog(FrozenModel):
    """The samples of one arm; every value is a sum over its joints.

    ``driving`` and ``braking`` (both ≥ 0) in W: the mechanical power from the motors to the joints and back, at the
    joint side of the gear. ``load`` in W: a joint's greatest power times the square of the ratio of its motor's torque
    to its greatest torque. ``rubbing`` in W: a joint's greatest torque times its speed, for joints with unknown
    friction. A joint without a known greatest torque adds to neither of the last two. ``work`` in J is the integral of
    ``driving``, not rounded.
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
        """Return all samples so far; None if there are none."""
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
        self._interval = 0.0
        self._velocities: list[tuple[float, ...]] = []
        self._torques: list[tuple[float, ...]] = []

    def add(self, sample: PowerSample) -> None:
        self._interval = sample.duration
        self._velocities.append(sample.velocity)
        self._torques.append(sample.torque)

    def log(self) -> ArmLog:
        joints = self._model.kinematics.joints
        greatest = np.array([joint.max_effort or 0.0 for joint in joints])
        velocities = np.array(self._velocities).reshape(-1, len(joints))
        accelerations = np.zeros_like(velocities)
        if len(velocities) > 1:
            accelerations = np.gradient(velocities, self._interval, axis=0)
        torques = np.array(self._torques).reshape(-1, len(joints))
        torques += ArmDynamics(self._model).drive_torques(velocities, accelerations)
        powers = velocities * torques
        driving = np.maximum(powers, 0.0).sum(axis=1)
        fastest = np.array([joint.max_velocity for joint in joints])
        scale = np.divide(fastest, greatest, out=np.zeros_like(greatest), where=greatest > 0.0)
        guessed = greatest * [not self._model.friction_known(joint) for joint in range(len(joints))]
        return ArmLog(
            model=self._model.id,
            work=float(driving.sum()) * self._interval,
            torques_known=bool(greatest.all()),
            driving=_short(driving),
            braking=_short(np.maximum(-powers, 0.0).sum(axis=1)),
            load=_short((scale * torques**2).sum(axis=1)),
            rubbing=_short((guessed * np.abs(velocities)).sum(axis=1)),
        )


def _short(values: Array) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
