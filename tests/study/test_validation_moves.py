"""Recorded moves of real arms against what the product plans."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cellkit.calibration.moves import cut
from cellkit.calibration.open_log import open_log
from cellkit.calibration.shape import Shape, measure
from cellkit.models.load import load_arm
from cellkit.study.validation.recorded_moves import RecordedMove, planned_time, recorded_rows

FOLDER = os.environ.get("CELLKIT_MEASURED")
UR = (1.047, 1.396)
LOGS = [
    ("ur5/Movement_No1.q_actual.csv", "ur5e", UR, None),
    ("ur5e/UR5e_motion_full.csv", "ur5e", UR, 0.008),
    ("ur10e/ur-20_01_17-ptp_10_points.csv", "ur10e", (0.6981, 0.8727), None),
]


def test_recorded_moves_are_planned_within_one_per_cent() -> None:
    errors = {row.what: row.error for row in recorded_rows()}
    assert len(errors) == 9
    assert all(error is not None and abs(error) < 0.01 for error in errors.values()), errors


@pytest.mark.skipif(FOLDER is None, reason="CELLKIT_MEASURED names no folder with recordings of real arms")
@pytest.mark.parametrize(("file", "arm", "settings", "period"), LOGS)
def test_every_move_of_a_recording(file: str, arm: str, settings: tuple[float, float], period: float | None) -> None:
    log = open_log(Path(FOLDER or "") / file, 6, period=period)
    speed, acceleration = settings
    shapes = [shape for shape in (measure(log, move) for move in cut(log)) if isinstance(shape, Shape)]
    whole = [shape for shape in shapes if shape.duration is not None]
    assert whole
    for shape in whole:
        ends = {"start": shape.move.start.tolist(), "end": shape.move.end.tolist()}
        assert shape.duration is not None
        move = RecordedMove(arm=arm, source="log", speed=speed, acceleration=acceleration, time=shape.duration, **ends)
        assert planned_time(load_arm(arm), move) == pytest.approx(shape.duration, rel=0.01)
        assert np.abs(shape.move.distance).max() > 0.02
