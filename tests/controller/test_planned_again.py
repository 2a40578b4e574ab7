"""Motions that come again are not planned again; all others are."""

from __future__ import annotations

import numpy as np
import pytest

from cellkit.controller.planner import CACHED, MotionPlanner
from cellkit.devices.motion import JointMotion, LinearMotion
from cellkit.errors import PlanningError
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import SHARED, ArmKinematics
from cellkit.motion.trajectory import Trajectory


def model() -> ArmModel:
    return load_arm("ur5e").model_copy()


def down(planner: MotionPlanner, by: float = 0.05, speed: float = 0.2, tool: float = 0.0) -> Trajectory:
    """Straight down from home."""
    home = np.array(planner.kinematics.model.home)
    offset = np.eye(4)
    offset[2, 3] = tool
    goal = planner.kinematics.forward(home) @ offset
    goal[2, 3] -= by
    return planner.plan(LinearMotion(Pose(goal, "base"), speed, 1.0), home, offset)


def test_the_same_motion_is_the_same_trajectory_in_the_next_controller_too() -> None:
    kinematics = ArmKinematics(model())
    one, other = MotionPlanner(kinematics), MotionPlanner(kinematics)
    assert down(one) is down(other)
    assert down(one) is not down(MotionPlanner(ArmKinematics(model()))), "another arm's"


def test_whatever_differs_is_planned() -> None:
    planner = MotionPlanner(ArmKinematics(model()))
    plain = down(planner)
    variants = [down(planner, by=0.05 + 1e-15), down(planner, speed=0.1), down(planner, tool=0.1)]
    assert all(one is not plain for one in variants)
    assert variants[1].duration > plain.duration
    home = np.array(planner.kinematics.model.home)
    joints = planner.plan(JointMotion(home + 0.1, 0.5, 0.5), home, np.eye(4))
    assert joints is planner.plan(JointMotion(home + 0.1, 0.5, 0.5), home.copy(), np.eye(4))
    assert joints is not planner.plan(JointMotion(home + 0.1, 0.5, 0.5), home + 0.01, np.eye(4))


def test_what_cannot_be_planned_fails_each_time() -> None:
    planner = MotionPlanner(ArmKinematics(model()))
    for _ in range(2):
        with pytest.raises(PlanningError):
            down(planner, by=3.0)


def test_no_more_is_kept_than_said() -> None:
    planner = MotionPlanner(ArmKinematics(model()))
    home = np.array(planner.kinematics.model.home)
    often = down(planner)
    for number in range(CACHED + 10):
        planner.plan(JointMotion(home + 1e-4 * number, 1.0, 1.0), home, np.eye(4))
        assert down(planner) is often, "what comes again and again stays"
    assert len(planner._planned) == CACHED


def test_a_model_has_one_kinematics_and_few_are_kept() -> None:
    mine = model()
    kinematics = ArmKinematics.of(mine)
    assert ArmKinematics.of(mine) is kinematics
    assert ArmKinematics.of(mine.model_copy()) is not kinematics
    for _ in range(SHARED):
        ArmKinematics.of(model())
    assert ArmKinematics.of(mine) is not kinematics
