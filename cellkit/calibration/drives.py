"""Rotor inertia and friction of the drives, from the torque or the current of the motors.

The torque of a motor at its joint is that of the links, plus J a + V v + C sign(v): rotor inertia, viscous and Coulomb
friction. A current is that torque over a torque constant, which the links' known torque reveals. Linear least squares,
as in identification: J. Swevers et al., "Dynamic model identification for industrial robots", 2007.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.calibration.log import Log
from cellkit.geometry import Array
from cellkit.motion.dynamics import ArmDynamics

SMOOTHED = 0.1
"""Time (s) of the window that smooths all columns alike, so that noise does not become acceleration."""
TURNING = 0.02
"""Speed (rad/s) above which Coulomb friction has its full value; below half of it a row tells nothing of friction."""
LEAST_ROWS = 200
LEAST_SPEED = 0.1
"""A joint that never turns faster than this (rad/s) shows no friction."""
LEAST_SHARE = 0.1
"""Each direction of turning needs at least this share of the rows, so that Coulomb friction differs from an offset."""
LEAST_LOAD = 0.05
"""The links' torque must make at least this share of a current's changes to reveal the torque constant."""


@dataclass(frozen=True)
class Effort:
    """Smoothed rows (m, n) of a log: speed, acceleration, the links' torque, and the motors' torque or current."""

    speed: Array
    acceleration: Array
    links: Array
    motor: Array
    is_current: bool

    @classmethod
    def of(cls, log: Log, dynamics: ArmDynamics, rows: Sequence[tuple[int, int]]) -> Effort | None:
        """Return some parts of a log, each from a first to a last row; None where it has neither torque nor current."""
        motor = log.torque if log.torque is not None else log.current
        if motor is None:
            return None
        parts = [part for first, last in rows if (part := _part(log, dynamics, motor, first, last)) is not None]
        if not parts:
            return None
        speed, acceleration, links, efforts = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(speed, acceleration, links, efforts, log.torque is None)


@dataclass(frozen=True)
class Drive:
    """One joint: torque constant (N m/A, 1 for a log of torques), kg m², N m s/rad, N m, and a constant torque."""

    constant: float
    rotor_inertia: float
    viscous: float
    coulomb: float
    offset: float

    def error(self, effort: Effort, joint: int) -> float:
        """Return the root mean square error of the predicted torque as a share of the largest measured one."""
        predicted = (
            effort.links[:, joint]
            + self.rotor_inertia * effort.acceleration[:, joint]
            + self.viscous * effort.speed[:, joint]
            + self.coulomb * _direction(effort.speed[:, joint])
            + self.offset
        )
        measured = effort.motor[:, joint] * self.constant
        return float(np.sqrt(((measured - predicted) ** 2).mean()) / np.abs(measured).max())


def fit_drive(effort: Effort, joint: int) -> Drive | str:
    """Fit the drive of a joint, or return the reason why the log does not show it."""
    speed = effort.speed[:, joint]
    rows = np.abs(speed) > TURNING / 2.0
    if np.count_nonzero(rows) < LEAST_ROWS or np.abs(speed).max() < LEAST_SPEED:
        return "it does not turn long or fast enough"
    forwards = float(np.mean(speed[rows] > 0.0))
    if min(forwards, 1.0 - forwards) < LEAST_SHARE:
        return "it turns in one direction only in the moves to fit on; another `--seed` may help"
    drive = np.stack([effort.acceleration[rows, joint], speed[rows], _direction(speed[rows]), np.ones(rows.sum())], 1)
    links, motor = effort.links[rows, joint], effort.motor[rows, joint]
    if not effort.is_current:
        values, *_ = np.linalg.lstsq(drive, motor - links, rcond=None)
        constant = 1.0
    else:
        values, *_ = np.linalg.lstsq(np.column_stack([links, drive]), motor, rcond=None)
        if values[0] <= 0.0 or values[0] * links.std() < LEAST_LOAD * motor.std():
            return "its links take too little torque to tell the torque constant of its current"
        constant = float(1.0 / values[0])
        values = values[1:] * constant
    inertia, viscous, coulomb, offset = (float(value) for value in values)
    if min(inertia, viscous, coulomb) < 0.0:
        return "the fit gives a negative inertia or friction, so they cannot be separated in this log"
    return Drive(constant, inertia, viscous, coulomb, offset)


def _direction(speed: Array) -> Array:
    """Return the sign of the speed (m,), passing smoothly through zero."""
    result: Array = np.tanh(2.0 * speed / TURNING)
    return result


def _part(log: Log, dynamics: ArmDynamics, motor: Array, first: int, last: int) -> tuple[Array, ...] | None:
    times = log.times[first : last + 1]
    step = log.step
    width = max(3, round(SMOOTHED / step) | 1)
    count = int((times[-1] - times[0]) / step) + 1
    if count < 3 * width:
        return None
    even = times[0] + np.arange(count) * step
    window = np.hanning(width + 2)[1:-1]
    window /= window.sum()

    def smooth(values: Array) -> Array:
        columns = [
            np.convolve(np.interp(even, times, column), window, "valid") for column in values[first : last + 1].T
        ]
        return np.stack(columns, axis=1)

    position, speed = smooth(log.position), smooth(log.velocity)
    acceleration = np.gradient(speed, step, axis=0)
    return speed, acceleration, dynamics.link_torques(position, speed, acceleration), smooth(motor)
