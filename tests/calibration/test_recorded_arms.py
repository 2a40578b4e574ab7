"""Logs of real arms: half of each recording predicts the other half. Needs the folder ``CELLKIT_MEASURED``."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.open_log import open_log
from cellkit.calibration.result import Findings
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm

MEASURED = Path(os.environ.get("CELLKIT_MEASURED", ""))
pytestmark = pytest.mark.skipif(
    not os.environ.get("CELLKIT_MEASURED"), reason="CELLKIT_MEASURED names no folder of recordings"
)
MOVES = (
    ("ur10e/ur-20_01_17-ptp_10_points.csv", "ur10e", None, 4),
    ("ur5/Movement_No1.q_actual.csv", "ur5e", None, 7),
    ("ur5/Movement_No3_Acc.q_target.csv", "ur5e", None, 3),
    ("ur5e/UR5e_motion_full.csv", "ur5e", 0.008, 1),
)


def findings(name: str, arm: str, period: float | None = None, seed: int | None = None) -> Findings:
    model = load_arm(arm)
    return calibrate(open_log(MEASURED / name, model.dof, period=period), model, MEASURED / name, seed=seed)


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize(("name", "arm", "period", "held"), MOVES)
def test_half_of_a_recording_predicts_the_other_half(
    name: str, arm: str, period: float | None, held: int, seed: int | None
) -> None:
    rows = findings(name, arm, period, seed).motion_times
    assert len(rows) >= held
    assert max(abs(row.error) for row in rows) < 0.01
    assert min(abs(row.shipped_error) for row in rows) > 0.01, "the shipped model knows nothing of these settings"


def test_a_motion_time_lies_between_the_target_s_last_rest_and_first_motion() -> None:
    log = open_log(MEASURED / "ur5/Movement_No3_Acc.q_target.csv", 6)
    target = log.target_velocity
    assert target is not None
    moving = np.abs(target).max(axis=1) > 0.01
    edges = np.flatnonzero(np.diff(moving.astype(int)))
    rows = findings("ur5/Movement_No3_Acc.q_target.csv", "ur5e").motion_times
    for row in rows:
        before, last = next(
            pair for pair in zip(edges[::2], edges[1::2], strict=False) if log.times[pair[1]] > row.begin
        )
        inner, outer = log.times[last] - log.times[before + 1], log.times[last + 1] - log.times[before]
        assert inner < row.measured < outer


def test_settings_and_settling_of_the_ur5() -> None:
    found = findings("ur5/Movement_No3_Acc.q_target.csv", "ur5e")
    (slow, slow_rate, _), (fast, fast_rate, _) = found.settings
    assert slow == pytest.approx(1.047, rel=0.01)
    assert slow_rate == pytest.approx(1.396, rel=0.01)
    assert fast == pytest.approx(3.2, rel=0.01)
    assert fast_rate == pytest.approx(25.0, rel=0.01)
    settling = next(figure for figure in found.figures if figure.name == "settling")
    assert settling.low > 0.19
    assert settling.high < 0.23
    assert found.synchronised_by == "angle"


def test_drives_of_the_ur10e_on_the_moves_held_out() -> None:
    found = findings("ur10e/ur-20_02_12-50sec_12harm.csv", "ur10e")
    errors = {f.joints[0]: (f.error, f.shipped_error) for f in found.figures if f.name == "rotor inertia"}
    assert set(errors) >= {1, 2, 3, 4}
    for joint, (error, shipped) in errors.items():
        assert error is not None
        assert shipped is not None
        assert error < 18.0, f"joint {joint}: percent of the largest torque"


def test_a_clock_cut_to_seconds_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"the times repeat at rows 3, 4, 5, 6, 7 and 987 more"):
        open_log(MEASURED / "ur5e/UR5e_motion_full.csv", 6)
