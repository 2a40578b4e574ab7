"""ISO 9283: the formulas against figures calculated by hand, and their independence of place and order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.study.iso9283 import (
    path_figures,
    pose_figures,
    speed_figures,
)

ATTAINED = np.array(
    [
        [100.02, 200.01, 299.98],
        [100.03, 199.99, 300.00],
        [100.01, 200.02, 300.01],
        [100.04, 200.00, 299.99],
        [100.00, 199.98, 300.02],
    ]
)
COMMANDED = np.array([100.0, 200.0, 300.0])


def test_pose_accuracy_and_repeatability() -> None:
    found = pose_figures(ATTAINED, COMMANDED)
    assert found.barycentre == pytest.approx((100.02, 200.0, 300.0))
    assert found.accuracy == pytest.approx(0.020)
    assert found.mean_distance == pytest.approx(0.0235999, abs=5e-8)
    assert found.scatter == pytest.approx(0.00733532, abs=5e-9)
    assert found.repeatability == pytest.approx(0.0456059, abs=5e-8)


@given(st.tuples(*[st.floats(-1000, 1000)] * 3), st.permutations(range(5)))
def test_repeatability_does_not_depend_on_place_or_order(shift: tuple[float, float, float], order: list[int]) -> None:
    moved = pose_figures(ATTAINED[order] + np.array(shift), COMMANDED + np.array(shift))
    assert moved.repeatability == pytest.approx(0.0456059, abs=1e-7)
    assert moved.accuracy == pytest.approx(0.020, abs=1e-7)


def test_the_worst_point_of_a_path_counts() -> None:
    path = np.array([[0.0, 0, 0], [1.0, 0, 0]])
    cycles = np.stack([path, path, path]) + 0.0
    cycles[:, 1, 1] += 0.5  # the second point is beside the path, always by the same distance
    cycles[0, 0, 2] += 0.3  # the first point scatters
    found = path_figures(cycles, path)
    assert found.accuracy == pytest.approx(0.5)
    assert found.repeatability == pytest.approx(pose_figures(cycles[:, 0], path[0]).repeatability)


def test_speed() -> None:
    found = speed_figures(np.array([[0.95, 1.05], [0.85, 0.95]]), 1.0)
    assert found.accuracy == pytest.approx(-5.0)
    assert found.fluctuation == pytest.approx(0.1)
    assert found.repeatability == pytest.approx(300 * np.std([1.0, 0.9], ddof=1))


@pytest.mark.parametrize("wrong", [np.zeros((1, 3)), np.zeros((5, 2)), np.full((5, 3), np.nan), np.zeros(3)])
def test_invalid_measurements_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="repeats of finite"):
        pose_figures(wrong, COMMANDED)


def test_points_must_belong_together() -> None:
    with pytest.raises(ValueError, match="2 points were attained"):
        path_figures(np.zeros((3, 2, 3)), np.zeros((4, 3)))
    with pytest.raises(ValueError, match="commanded speed"):
        speed_figures(np.zeros((3, 2)), 0.0)
