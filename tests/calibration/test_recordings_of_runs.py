"""A recording of a run is a log too: a calibration finds the figures of the model that moved the simulated arm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.model_file import written
from cellkit.calibration.open_log import open_log
from cellkit.models.load import load_arm


def test_a_recorded_run_shows_the_law_of_its_own_model(cellkit: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "run.mcap"
    options = ("--arm", "xarm6", "--world", "kinematic", "--quantity", "6", "--record", file, "--record-rate", "200")
    assert cellkit("run", "pick_and_place", *options).code == 0
    model = load_arm("xarm6")
    log = open_log(file, model.dof)
    assert log.preset == "mcap"
    findings = calibrate(log, model, file)
    assert findings.moves >= 6
    fastest = [row for row in findings.motion_times if row.setting == findings.setting]
    assert fastest
    assert max(abs(row.error) for row in fastest) < 0.01
    assert not written(findings), "no figure is better than the one that the run was planned with"
    acceleration = [figure for figure in findings.figures if figure.name == "acceleration"]
    for figure in acceleration:
        shipped = model.kinematics.joints[figure.joints[0] - 1].max_acceleration
        assert figure.value == pytest.approx(shipped, rel=0.01)
