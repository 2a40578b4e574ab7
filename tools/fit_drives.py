"""Fits the drives of a UR10e to one recording, and prints how well they tell the torques of the other recordings.

::

    python tools/fit_drives.py FOLDER

FOLDER holds recordings of shamilmamedov/dynamic_calibration (folder dataset_ur10e, commit 11af40e7): t (s), then for
six joints angle (rad), speed (rad/s), current (A), target current (A), target torque (N m). The controller's target
torque is that of links and rotors, so it shows the inertia of the rotors. The current shows friction and the torque
constant (N m/A), which joints with equal greatest torque share.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.motion.dynamics import ArmDynamics

FITTED = "ur-20_02_12-50sec_12harm.csv"
OTHERS = ("ur-20_02_06-20sec_10harm.csv", "ur-20_01_31-unload.csv", "ur-20_01_17-ptp_10_points.csv")
INTERVAL = 0.01  # s
SMOOTHING = 0.03  # s, standard deviation of the Gaussian that smooths all signals alike
STICKING = 0.02  # rad/s; below this speed friction holds any torque, so nothing can be compared


@dataclass(frozen=True)
class Recording:
    """Angles, speeds, accelerations, currents (A) and target torques (N m) of an arm without load, each (m, n)."""

    q: Array
    qd: Array
    qdd: Array
    current: Array
    target: Array


@dataclass(frozen=True)
class DriveFit:
    """Torque constant (N m/A), rotor inertia, Coulomb and viscous friction of every joint, each (n,)."""

    constant: Array
    rotor_inertia: Array
    coulomb: Array
    viscous: Array

    def torques(self, dynamics: ArmDynamics, recording: Recording) -> Array:
        """Return the torques (m, n) that the drives need for a recorded motion."""
        links = dynamics.link_torques(recording.q, recording.qd, recording.qdd)
        friction = self.coulomb * np.sign(recording.qd) + self.viscous * recording.qd
        torques: Array = links + self.rotor_inertia * recording.qdd + friction
        return torques


def read(file: Path) -> Recording:
    """Read a recording on a grid of equal times, smoothed."""
    rows = np.loadtxt(file, delimiter=",")
    times, first = np.unique(rows[:, 0], return_index=True)
    grid = np.arange(times[0], times[-1], INTERVAL)
    columns = [smoothed(np.interp(grid, times, column[first])) for column in rows.T[1:]]
    q, qd, current, _, target = np.array(columns).reshape(5, 6, -1).transpose(0, 2, 1)
    return Recording(q, qd, np.gradient(qd, INTERVAL, axis=0), current, target)


def smoothed(signal: Array) -> Array:
    """Return a signal (m,) after a Gaussian filter without delay, with its ends continued."""
    reach = round(4 * SMOOTHING / INTERVAL)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * INTERVAL / SMOOTHING) ** 2)
    return np.convolve(np.pad(signal, reach, mode="edge"), weights / weights.sum(), mode="valid")


def fit(dynamics: ArmDynamics, recording: Recording) -> DriveFit:
    """Return the drives that explain one recording best, by least squares."""
    links = dynamics.link_torques(recording.q, recording.qd, recording.qdd)
    rotors = ((recording.target - links) * recording.qdd).sum(axis=0) / (recording.qdd**2).sum(axis=0)
    moved = links + rotors * recording.qdd
    constant, coulomb, viscous = np.zeros((3, dynamics.dof))
    for group in _equal_drives(dynamics.model):
        # The current has the noise, so it is what the torques explain: current = (moved + friction) / constant.
        rows, currents = [], []
        for place, joint in enumerate(group):
            moving = np.abs(recording.qd[:, joint]) > STICKING
            speed = recording.qd[moving, joint]
            columns = np.zeros((len(speed), 1 + 2 * len(group)))
            columns[:, 0] = moved[moving, joint]
            columns[:, 1 + 2 * place : 3 + 2 * place] = np.stack([np.sign(speed), speed], axis=1)
            rows.append(columns)
            currents.append(recording.current[moving, joint])
        found = np.linalg.lstsq(np.concatenate(rows), np.concatenate(currents), rcond=None)[0]
        constant[group] = 1.0 / found[0]
        coulomb[group], viscous[group] = found[1::2] / found[0], found[2::2] / found[0]
    return DriveFit(constant, rotors, coulomb, viscous)


def errors(drives: DriveFit, dynamics: ArmDynamics, recording: Recording) -> Array:
    """Return the RMS error (n,) of the torque while a joint moves, as a share of the joint's peak torque."""
    measured = drives.constant * recording.current
    off = drives.torques(dynamics, recording) - measured
    moving = np.abs(recording.qd) > STICKING
    shares: Array = np.sqrt((off**2).mean(axis=0, where=moving)) / np.abs(measured).max(axis=0)
    return shares


def target_errors(drives: DriveFit, dynamics: ArmDynamics, recording: Recording) -> Array:
    """Return the RMS error (n,) of links and rotors against the target torque, as a share of the joint's peak."""
    moved = dynamics.link_torques(recording.q, recording.qd, recording.qdd) + drives.rotor_inertia * recording.qdd
    shares: Array = np.sqrt(((moved - recording.target) ** 2).mean(axis=0)) / np.abs(recording.target).max(axis=0)
    return shares


def _equal_drives(model: ArmModel) -> list[list[int]]:
    """Return the joints in groups of equal greatest torque."""
    groups: dict[float | None, list[int]] = {}
    for index, joint in enumerate(model.kinematics.joints):
        groups.setdefault(joint.max_effort, []).append(index)
    return list(groups.values())


def main() -> int:
    """Print the fit of one recording and its errors in all recordings."""
    folder = Path(sys.argv[1] if len(sys.argv) == 2 else "")
    missing = [file for file in (FITTED, *OTHERS) if not (folder / file).is_file()]
    if len(sys.argv) != 2 or missing:
        print(f"usage: python tools/fit_drives.py FOLDER, with {FITTED} and {', '.join(OTHERS)} in it", file=sys.stderr)
        return 2
    dynamics = ArmDynamics(load_arm("ur10e"))
    drives = fit(dynamics, read(folder / FITTED))
    model = DriveFit(drives.constant, dynamics.rotor_inertia, dynamics.coulomb, dynamics.viscous)
    print(f"fitted on {FITTED}")
    for name in ("constant", "rotor_inertia", "coulomb", "viscous"):
        print(f"  {name:<40}", *(f"{value:7.2f}" for value in getattr(drives, name)))
    print("RMS error in % of each joint's peak torque")
    for file in (FITTED, *OTHERS):
        recording = read(folder / file)
        for what, values in (
            ("current, fit", errors(drives, dynamics, recording)),
            ("current, model file", errors(model, dynamics, recording)),
            ("target torque", target_errors(drives, dynamics, recording)),
        ):
            print(f"  {file.removeprefix('ur-'):<30} {what:<20}", *(f"{100 * value:7.1f}" for value in values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
