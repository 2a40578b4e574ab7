"""Rotors, friction and torque constants, found in motions made here and in recordings of real arms."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import fit_drives
import numpy as np
import pytest
from fit_drives import INTERVAL, STICKING, DriveFit, Recording, errors, fit, read, smoothed, target_errors

from cellkit.geometry import Array
from cellkit.models.load import load_arm
from cellkit.motion.dynamics import ArmDynamics

MEASURED = os.environ.get("CELLKIT_MEASURED", "")
measured = pytest.mark.skipif(not MEASURED, reason="CELLKIT_MEASURED names no folder of recordings")
UR10E = load_arm("ur10e")


def excitation(seed: int) -> tuple[Array, Array, Array]:
    """Return angles, speeds and accelerations (m, 6) of a motion of several frequencies."""
    rng, times = np.random.default_rng(seed), np.arange(0.0, 30.0, INTERVAL)[:, None, None]
    rates = 2 * np.pi * np.arange(1, 6) / 10.0  # rad/s
    sizes, phases = rng.uniform(0.1, 0.3, (6, 5)) / rates, rng.uniform(0.0, 2 * np.pi, (6, 5))
    waves = sizes * np.sin(rates * times + phases)
    speeds, accelerations = sizes * rates * np.cos(rates * times + phases), -(rates**2) * waves
    return np.array(UR10E.home) + waves.sum(axis=2), speeds.sum(axis=2), accelerations.sum(axis=2)


def made(seed: int, drives: DriveFit) -> Recording:
    """Return the recording of an arm with these drives, with noise in its currents."""
    dynamics = ArmDynamics(UR10E)
    q, qd, qdd = excitation(seed)
    target = dynamics.link_torques(q, qd, qdd) + drives.rotor_inertia * qdd
    recording = Recording(q, qd, qdd, np.zeros_like(q), target)
    noise = np.random.default_rng(seed).normal(0.0, 0.02, q.shape)  # A
    return replace(recording, current=drives.torques(dynamics, recording) / drives.constant + noise)


def test_drives_are_found_in_a_motion_made_with_them() -> None:
    drives = DriveFit(
        constant=np.array([12.0, 12.0, 9.5, 10.5, 10.5, 10.5]),
        rotor_inertia=np.array([5.0, 6.0, 2.0, 0.5, 0.6, 0.7]),
        coulomb=np.array([20.0, 15.0, 7.0, 2.5, 3.0, 3.5]),
        viscous=np.array([25.0, 20.0, 10.0, 3.0, 2.0, 4.0]),
    )
    dynamics = ArmDynamics(UR10E)
    found = fit(dynamics, made(1, drives))
    np.testing.assert_allclose(found.rotor_inertia, drives.rotor_inertia, rtol=1e-9)
    np.testing.assert_allclose(found.constant, drives.constant, rtol=0.02)
    np.testing.assert_allclose(found.coulomb, drives.coulomb, rtol=0.03)
    np.testing.assert_allclose(found.viscous, drives.viscous, rtol=0.05)
    assert errors(found, dynamics, made(2, drives)).max() < 0.05


def test_the_signal_of_a_recording_is_smoothed_without_delay() -> None:
    times = np.arange(0.0, 2.0, INTERVAL)
    slow = np.sin(2 * np.pi * times)
    inner = slice(20, -20)
    np.testing.assert_allclose(smoothed(slow)[inner], slow[inner] * np.exp(-0.5 * (2 * np.pi * 0.03) ** 2), atol=1e-4)
    np.testing.assert_allclose(smoothed(np.ones(50)), 1.0)


@measured
def test_a_ur10e_moves_as_its_drives_say_in_recordings_not_fitted() -> None:
    folder = Path(MEASURED) / "ur10e"
    dynamics = ArmDynamics(UR10E)
    found = fit(dynamics, read(folder / fit_drives.FITTED))
    np.testing.assert_allclose(dynamics.rotor_inertia, found.rotor_inertia, rtol=0.01)
    np.testing.assert_allclose(dynamics.coulomb, found.coulomb, rtol=0.01)
    np.testing.assert_allclose(dynamics.viscous, found.viscous, rtol=0.01)
    for file in fit_drives.OTHERS:
        recording = read(folder / file)
        assert errors(found, dynamics, recording).max() < 0.06, file
        assert target_errors(found, dynamics, recording).max() < 0.03, file


@measured
def test_the_sensors_of_a_panda_measure_the_links_torques() -> None:
    """The masses are the vendor's for the FR3, which has the same links; a sensor has friction and an offset."""
    folder = Path(MEASURED) / "panda"
    times = np.loadtxt(folder / "exciting_traj_time.txt")
    grid = np.arange(times[0], times[-1], INTERVAL)
    q, qd, measured_torques = (
        np.transpose([smoothed(np.interp(grid, times, column)) for column in signal.reshape(-1, 7).T])
        for signal in (
            np.loadtxt(folder / f"exciting_traj_{name}.txt") for name in ("positions", "velocity", "torques")
        )
    )
    dynamics = ArmDynamics(load_arm("fr3"))
    off = measured_torques - dynamics.link_torques(q, qd, np.gradient(qd, INTERVAL, axis=0))
    half = len(grid) // 2
    shares = np.zeros((2, 7))
    for joint in range(7):
        moving = np.abs(qd[half:, joint]) > STICKING
        columns = np.stack([np.sign(qd[:, joint]), qd[:, joint], np.ones(len(grid))], axis=1)
        sensor = np.linalg.lstsq(columns[:half], off[:half, joint], rcond=None)[0]
        rest = off[half:, joint] - columns[half:] @ sensor
        peak = np.abs(measured_torques[:, joint]).max()
        shares[:, joint] = [np.sqrt((error[moving] ** 2).mean()) / peak for error in (off[half:, joint], rest)]
    print((shares * 100).round(1))
    assert shares[0, 1:4].max() < 0.05, "nothing fitted, joints with more than 20 N m"
    assert shares[1, :6].max() < 0.10, "friction and offset of the sensors fitted on the first half"
