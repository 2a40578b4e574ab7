"""A log of one arm: its joints over time, in SI units, with what the controller commanded where the log has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from cellkit.geometry import Array

LEAST_ROWS = 20
"""A log of fewer rows holds no motion that could be measured."""

STILL = 0.01
"""A joint that stays within this angle (rad) over the whole log never moves."""


@dataclass(frozen=True)
class Log:
    """The joints of one arm over time: ``times`` (m,) in s, all others (m, n); None where the log has no such column.

    ``position`` in rad is measured, ``target_position`` is commanded; ``recorded_velocity`` and
    ``recorded_target_velocity`` in rad/s likewise. ``torque`` is in N m at the joint; ``torque_at`` says where it is
    measured: behind the gear (``link``), or from the motor, which also moves its rotor and rubs. ``current`` in A.
    ``torque_constant`` (n,), N m at the joint per A, turned it into ``torque``. ``first_row`` is the file's row of the
    first sample.
    """

    name: str
    preset: str
    sha256: str
    first_row: int
    times: Array
    position: Array
    recorded_velocity: Array | None = None
    target_position: Array | None = None
    recorded_target_velocity: Array | None = None
    torque: Array | None = None
    torque_at: Literal["link", "motor"] = "motor"
    current: Array | None = None
    torque_constant: Array | None = None

    @property
    def dof(self) -> int:
        """The number of joints."""
        return int(self.position.shape[1])

    def moved(self, joint: int) -> bool:
        """Return whether a joint (from 0) moves at all."""
        return float(np.ptp(self.position[:, joint])) > STILL

    @property
    def step(self) -> float:
        """The median time between two rows in s."""
        return float(np.median(np.diff(self.times)))

    @cached_property
    def velocity(self) -> Array:
        """The measured velocity (m, n) in rad/s, derived from the position where it was not recorded."""
        return self._rate(self.position) if self.recorded_velocity is None else self.recorded_velocity

    @cached_property
    def target_velocity(self) -> Array | None:
        """The commanded velocity (m, n) in rad/s, derived where only the commanded position was recorded."""
        if self.recorded_target_velocity is not None or self.target_position is None:
            return self.recorded_target_velocity
        return self._rate(self.target_position)

    @property
    def planned_position(self) -> Array:
        """The commanded position (m, n) in rad, or the measured one where the log holds no commands."""
        return self.position if self.target_position is None else self.target_position

    @property
    def planned_velocity(self) -> Array:
        """The velocity (m, n) in rad/s that belongs to ``planned_position``."""
        target = self.target_velocity
        return self.velocity if target is None or self.target_position is None else target

    def spaced(self, period: float) -> Log:
        """Return the log with its rows ``period`` s apart instead of at their own times."""
        return replace(self, times=np.arange(len(self.times), dtype=np.float64) * period)

    def _rate(self, values: Array) -> Array:
        result: Array = np.gradient(values, self.times, axis=0)
        return result
