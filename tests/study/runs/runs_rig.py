"""What the tests of a study's runs share: a copy of a shipped scenario to change, and runs of it that are quick."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from cellkit import registry
from cellkit.study.concepts import Concept
from cellkit.study.runs.job import Observation, StudyJob

DIES = "import os, signal\nasync def main(cell):\n    os.kill(os.getpid(), signal.SIGKILL)\n"


def copied(folder: Path) -> Path:
    """The file of a copy of ``pick_and_place``."""
    shutil.copytree(registry.scenario_files()["pick_and_place"].parent, folder)
    return folder / "scenario.yaml"


def job(
    scenario: str | Path = "pick_and_place",
    arm: str = "ur5e",
    gripper: str = "2f-85",
    speed: float = 1.0,
    seed: int = 1,
) -> StudyJob:
    """One part in the world that is quick."""
    return StudyJob(Concept("", str(scenario), arm, gripper, speed), seed, "kinematic", quantity=1)


def timeless(observation: Observation) -> Observation:
    """Without what this machine took."""
    record = observation.record.model_copy(update={"wall_time": 0.0, "realtime_factor": 0.0})
    return observation.model_copy(update={"record": record})


def with_seed(one: StudyJob, seed: int) -> StudyJob:
    return replace(one, seed=seed)
