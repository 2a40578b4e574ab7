"""Torques of motors in recordings: the same in both worlds, with tools, held parts and drives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellkit.errors import ConfigError
from cellkit.masses import Load
from cellkit.models.load import load_arm, load_gripper
from cellkit.motion.dynamics import ArmDynamics
from cellkit.recording import Recording, motor_torques, record_run
from cellkit.recording.plot import chart
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions


def lift(folder: Path, world: str, arm: str = "ur10e") -> Path:
    """Record one part of `pick_and_place`."""
    file = folder / f"{world}.mcap"
    run = Run(read_scenario("pick_and_place"), RunOptions(world=world, arm=arm, quantity=1))
    record_run(run, file)
    assert run.execute().success
    return file


def test_both_worlds_show_the_same_torques(tmp_path: Path) -> None:
    rms = []
    with Recording.open(lift(tmp_path, "physics")) as physics, Recording.open(lift(tmp_path, "kinematic")) as kinematic:
        assert physics.joints("robot").effort is not None
        assert kinematic.joints("robot").effort is None
        for recording in (physics, kinematic):
            torques = motor_torques(recording, "robot").values
            rms.append(np.sqrt((torques**2).mean(axis=0)))
        np.testing.assert_allclose(rms[1], rms[0], rtol=0.06)


def test_the_part_in_the_gripper_is_part_of_the_load(tmp_path: Path) -> None:
    """The load is found from the recorded weight alone; it is compared with the part's own mass and place."""
    with Recording.open(lift(tmp_path, "kinematic")) as recording:
        track, torques = recording.joints("robot"), motor_torques(recording, "robot")
        wrench = recording.wrench("robot").values
        masses = (np.linalg.norm(wrench[:, :3], axis=1) / 9.81).round(6)
        bare, carrying = np.unique(masses)
        held = np.flatnonzero(masses == carrying)
        flange, part = (recording.path(name).values[held[len(held) // 2]] for name in ("robot/tool", "part_1"))
        centre = (np.linalg.inv(flange) @ part)[:3, 3]
        tools = load_gripper("2f-85").load()
        assert tools.mass == pytest.approx(bare, abs=1e-6)
        dynamics = ArmDynamics(load_arm("ur10e"), tools + Load(carrying - bare, centre))
        accelerations = np.gradient(track.velocity, track.times, axis=0)
        expected = dynamics.inverse(track.position, track.velocity, accelerations)
        off = np.abs(torques.values - expected)[held].max(axis=0)
        greatest = [joint.max_effort for joint in dynamics.model.kinematics.joints]
        assert (off < 0.0025 * np.array(greatest)).all(), (
            "the weight does not show how far below the flange the part is"
        )
        without = dynamics.loaded(tools).inverse(track.position, track.velocity, accelerations)
        assert np.abs(without - expected)[held].max() > 10 * off.max()


def test_torques_are_plotted_against_the_greatest_ones(tmp_path: Path) -> None:
    with Recording.open(lift(tmp_path, "kinematic", "ur5e")) as recording:
        (panel,) = chart(recording, ["torques"]).panels
        assert panel.limits == [100.0, -100.0]
        assert len(panel.lines) == 6
        assert 10.0 < max(np.abs(line.values).max() for line in panel.lines) < 100.0
        with pytest.raises(ConfigError, match="names no model of elbow"):
            motor_torques(recording, "elbow")
