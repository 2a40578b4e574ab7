"""Joint accelerations that torque leaves: by posture, load and gravity."""

from __future__ import annotations

import numpy as np
import pytest

from cellkit.controller.planner import MotionPlanner
from cellkit.devices.motion import JointMotion, LinearMotion
from cellkit.errors import PlanningError
from cellkit.geometry import Pose
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.motion.dynamics import ArmDynamics
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.torque_limits import TorqueLimits

UR10E = load_arm("ur10e")


def accelerations(model: ArmModel, load: Load, q: list[float]) -> np.ndarray:
    law = model.acceleration
    assert law is not None
    return TorqueLimits(law, ArmDynamics(model, load)).at(np.array([q]))[0]


def test_a_load_takes_the_elbow_s_acceleration() -> None:
    """By published torque, little is left to the elbow of a UR10e with 12.5 kg at its home position."""
    heavy = Load(12.5, np.array([0.0, 0.0, 0.05]))
    free, loaded = (accelerations(UR10E, load, UR10E.home) for load in (Load(), heavy))
    assert (loaded[:3] < free[:3]).all()
    assert 0.0 < loaded[2] < 2.0


def test_a_planned_motion_slows_down_with_its_load() -> None:
    planner = MotionPlanner(ArmKinematics.of(UR10E))
    start = np.array(UR10E.home)
    motion = JointMotion(start + np.array([0.3, 0.2, -0.3, 0.0, 0.0, 0.0]), 1.0, 1.0)
    times = [planner.plan(motion, start, np.eye(4), Load(mass)).duration for mass in (0.0, 5.0, 10.0)]
    assert times[0] < times[1] < times[2]
    goal = Pose(planner.kinematics.forward(start), "base").shifted(z=0.1)
    limits = UR10E.cartesian
    line = LinearMotion(goal, limits.max_speed, limits.max_acceleration)
    light, heavy = (planner.plan(line, start, np.eye(4), Load(mass)).duration for mass in (0.0, 10.0))
    assert light < heavy


def test_a_weight_that_takes_all_torque_is_refused_with_the_joint() -> None:
    planner = MotionPlanner(ArmKinematics.of(UR10E))
    start = np.array(UR10E.home)
    motion = JointMotion(start + 0.1, 1.0, 1.0)
    with pytest.raises(PlanningError, match=r"joint \d \(\w+\) has no torque left to accelerate 90 kg .* lighter load"):
        planner.plan(motion, start, np.eye(4), Load(90.0, np.array([0.0, 0.0, 0.1])))


def uncapped(model: ArmModel) -> ArmModel:
    return model.model_copy(update={"cartesian": model.cartesian.model_copy(update={"capped": False})})


def test_without_a_cap_the_joints_alone_limit_a_straight_motion() -> None:
    model = load_arm("irb-1200")
    start = np.array(model.home)
    kinematics = ArmKinematics(uncapped(model))
    goal = Pose(kinematics.forward(start), "base").shifted(z=0.1)
    limits = model.cartesian
    full = LinearMotion(goal, limits.max_speed, limits.max_acceleration)
    half = LinearMotion(goal, limits.max_speed, 0.5 * limits.max_acceleration)
    capped = MotionPlanner(ArmKinematics(model)).plan(full, start, np.eye(4)).duration
    planner = MotionPlanner(kinematics)
    assert planner.plan(full, start, np.eye(4)).duration <= capped
    assert planner.plan(half, start, np.eye(4)).duration > capped, "a share of the acceleration is one"
