"""Shared parts of the tests of a study's runs: a copy of a shipped scenario, and quick runs of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from cellkit import registry
from cellkit.study.concepts import Concept
from cellkit.study.runs.job import Observation, StudyJob

DIES = "import os, signal\nasync def main(cell):\n    os.kill(os.getpid(), signal.SIGKILL)\n"


def copied(folder: Path) -> Path:
    """Return the scenario file of a copy of ``pick_and_place``."""
    shutil.copytree(registry.scenario_files()["pick_and_place"].parent, folder)
    return folder / "scenario.yaml"


def job(
    scenario: str | Path = "pick_and_place",
    arm: str = "ur5e",
    gripper: str = "2f-85",
    speed: float = 1.0,
    seed: int = 1,
) -> StudyJob:
    """Return a job of one part in the fast world."""
    return StudyJob(Concept("", str(scenario), arm, gripper, speed), seed, "kinematic", quantity=1)


def timeless(observation: Observation) -> Observation:
    """Return the observation without the times of this machine."""
    record = observation.record.model_copy(update={"wall_time": 0.0, "realtime_factor": 0.0})
    return observation.model_copy(update={"record": record})


def with_seed(one: StudyJob, seed: int) -> StudyJob:
    return replace(one, seed=seed)
