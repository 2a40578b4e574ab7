"""The power of the arms in the kinematic world: joints sampled in the run, torques computed at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from cellkit.controller.world import PowerSample
from cellkit.geometry import Array, inverse_transform
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.motion.dynamics import ArmDynamics
from cellkit.timing import Periodic, now
from cellkit_sim.kinematic_arm import KinematicArm
from cellkit_sim.kinematic_bodies import KinematicBody

INTERVAL = 1.0 / 120.0
"""Time (s) between two samples, as in the physics world."""
ASIDE = 5.3e-7
"""Offset (s) of the samples from the periods of devices and observers, as for observers: sampling changes no run."""


class ArmSampler:
    """The joints of one arm over a run, and the load at its flange: its tools, and each held part as a mass point."""

    def __init__(
        self, name: str, model: ArmModel, arm: KinematicArm, tools: Load, held: Callable[[], Sequence[KinematicBody]]
    ) -> None:
        self.name = name
        self._model, self._arm, self._tools, self._held = model, arm, tools, held
        self._positions: list[Array] = []
        self._velocities: list[Array] = []
        self._loads: list[Load] = []  # of every moment
        self._parts: Sequence[KinematicBody] = ()
        self._load = tools

    def look(self, times: Sequence[float]) -> None:
        """Sample the joints at moments (s) between which no part is gripped or released."""
        parts = self._held()
        if parts != self._parts:
            back = inverse_transform(self._arm.flange())
            centres = [(back @ part.matrix(now()))[:3, 3] for part in parts]
            loads = (Load(part.body.mass, centre) for part, centre in zip(parts, centres, strict=True))
            self._parts, self._load = parts, sum(loads, self._tools)
        positions, velocities = self._arm.joints(times)
        self._positions.append(positions)
        self._velocities.append(velocities)
        self._loads += [self._load] * len(times)

    def power(self, gravity: float) -> tuple[Array, Array]:
        """Return the velocities (k, n) of all moments, and the torques (k, n) that move links and load."""
        positions, velocities = np.concatenate(self._positions), np.concatenate(self._velocities)
        accelerations = np.zeros_like(velocities)
        if len(velocities) > 1:
            accelerations = np.gradient(velocities, INTERVAL, axis=0)
        down = self._arm.mount[:3, :3].T @ (0.0, 0.0, -gravity)
        dynamics, blocks, first = ArmDynamics(self._model), [], 0
        for _, group in groupby(self._loads, key=id):
            loads = list(group)
            rows = slice(first, first + len(loads))
            blocks.append(
                dynamics.loaded(loads[0]).link_torques(positions[rows], velocities[rows], accelerations[rows], down)
            )
            first = rows.stop
        return velocities, np.concatenate(blocks)


class PowerSampler:
    """Samples all arms on a fixed grid from now on, without an effect on the run."""

    def __init__(self, arms: Sequence[ArmSampler]) -> None:
        self._arms = arms
        self._times: list[float] = []
        self._beat = Periodic(INTERVAL, lambda: self._look([now()]), ASIDE, lambda idle: self._look(list(idle)))

    def _look(self, times: Sequence[float]) -> None:
        if times:
            self._times += times
            for arm in self._arms:
                arm.look(times)

    def finish(self, gravity: float) -> Iterator[PowerSample]:
        """End the sampling and yield the samples of all arms, in order of time; ``gravity`` in m/s²."""
        self._beat.close()
        if not self._times:
            return
        rows = [(arm.name, *(values.tolist() for values in arm.power(gravity))) for arm in self._arms]
        for moment, time in enumerate(self._times):
            for name, velocities, torques in rows:
                yield PowerSample(time, INTERVAL, name, tuple(velocities[moment]), tuple(torques[moment]))
