"""The reach map against the full inverse kinematics, and its required poses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from feasibility_rig import assessed, cell_of, concept

from cellkit.geometry import rotation_from_rpy, transform
from cellkit.scenario.config import read_scenario
from cellkit.study.feasibility.config import FeasibilityConfig, MapConfig
from cellkit.study.feasibility.reach_map import reach_map
from cellkit.study.feasibility.result import ReachMap


def _map(arm: str, columns: int, orientations: int = 4) -> ReachMap:
    config = FeasibilityConfig(map=MapConfig(columns=columns, orientations=orientations, heights=[0.15]))
    return reach_map(read_scenario("pick_and_place"), concept(arm), config)


def test_the_map_of_an_arm_that_turns_all_round_is_the_same_all_round() -> None:
    found = _map("ur5e", 15)
    (layer,) = found.layers
    share = np.array(layer.share)
    assert share.shape == (15, 15)
    assert np.array_equal(share, np.rot90(share))
    assert share[0, 0] == 0.0  # the corner is beyond the reach
    assert 0.0 <= share.min() < share.max() == 1.0
    row, column = 7, 11
    assert found.x[column] == pytest.approx(4 / 7 * 1.1 * 0.85)
    assert share[row, column] == 1.0


def test_the_points_on_the_map_are_the_required_poses() -> None:
    poses = assessed().poses
    config = FeasibilityConfig(map=MapConfig(columns=5))
    found = reach_map(read_scenario("pick_and_place"), concept(), config, poses=poses)
    assert [point.name for point in found.points] == [pose.name for pose in poses]
    assert [layer.height for layer in found.layers] == pytest.approx([0.127, 0.227])
    assert all(point.reachable for point in found.points)


@pytest.mark.long
@pytest.mark.parametrize("arm", ["ur5e", "kr6-r900", "crx-10ia", "rebel", "fr3"])
def test_the_map_misses_almost_no_point_that_many_searches_find(arm: str) -> None:
    found = _map(arm, 29)
    cell = cell_of(arm)
    kinematics, off_tool = cell.arms["robot"].kinematics, np.linalg.inv(cell.tools["hand"].tcp.matrix)
    chance = np.random.default_rng(0)
    missed = more = 0
    for _ in range(250):
        row, column = chance.integers(0, 29, 2)
        count = 0
        for number in range(4):
            turn = rotation_from_rpy(math.pi, 0.0, number * math.pi / 2)
            goal = transform(turn, (found.x[column], found.y[row], 0.15)) @ off_tool
            count += any(kinematics.solve_from(goal, one.copy(), 30) is not None for one in kinematics.starts(5))
        difference = count - round(found.layers[0].share[row][column] * 4)
        missed, more = missed + max(0, difference), more + max(0, -difference)
    assert more == 0
    assert missed <= 20, f"{missed} of 1000"
