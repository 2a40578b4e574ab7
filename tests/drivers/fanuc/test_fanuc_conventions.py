"""The vendor's joints, frames and configurations against figures from elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cellkit_fanuc.geometry import shape_of, world_of
from cellkit_fanuc.protocol import frames, joints
from hypothesis import given
from hypothesis import strategies as st

from cellkit.geometry import inverse_transform
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics

ANGLE = st.floats(-math.pi, math.pi)
MODELS = ("crx-10ia", "lrmate-200id")


def pendant(**degrees: float) -> list[float]:
    """Joints (rad) of pendant angles; those not given are zero."""
    return joints.from_wire({axis: degrees.get(axis, 0.0) for axis in joints.AXES})


@pytest.mark.parametrize(
    ("independent", "j2", "j3"),
    [(-1.380, 2.595, -3.975), (7.7610, 11.6950, -3.9340), (7.7570, 36.6920, -28.9350)],
)
def test_j3_is_what_was_measured_on_a_real_crx(independent, j2, j3):
    """airo-ugent/airo-fanuc, docs/controller-notes.md 1.5: stream motion's J3, J2, and RMI's J3 at three poses."""
    wire = joints.to_wire([0.0, math.radians(j2), math.radians(independent), 0.0, 0.0, 0.0])
    assert wire["J3"] == pytest.approx(j3, abs=1.1e-3)
    assert math.degrees(joints.from_wire(wire)[2]) == pytest.approx(independent, abs=1e-3)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("j2", [-30.0, 0.0, 20.0, 45.0])
def test_turning_j2_alone_leaves_the_forearm_level(model, j2):
    """What J3 against the horizontal means: at J3 = 0 the forearm is level, wherever J2 is."""
    kinematics = ArmKinematics(load_arm(model))
    flange = kinematics.forward(pendant(J2=j2))
    assert flange[:3, 2] == pytest.approx([1.0, 0.0, 0.0], abs=1e-9)
    raised = kinematics.forward(pendant(J2=j2, J3=10.0))
    assert raised[2, 2] == pytest.approx(math.sin(math.radians(10.0))), "a positive J3 must raise the forearm"


@pytest.mark.parametrize(
    ("model", "xyz"),
    # At zero the flange is in front, its z level: FANUC-CORPORATION/fanuc_description, frames wbase and fanuc_flange.
    [("crx-10ia", (700.0, -150.0, 540.0)), ("lrmate-200id", (465.0, 0.0, 365.0))],
)
def test_the_zero_pose_in_the_vendors_world(model, xyz):
    arm = load_arm(model)
    flange = ArmKinematics(arm).forward([0.0] * 6)
    position = frames.to_wire(inverse_transform(world_of(arm)) @ flange)
    assert (position["X"], position["Y"], position["Z"]) == pytest.approx(xyz, abs=1e-3)
    assert position["P"] == pytest.approx(-90.0, abs=1e-3)
    # The rotation in the same source; at P = -90 only the difference of W and R means something.
    turned = frames.from_wire(position)[:3, :3]
    assert turned == pytest.approx(np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0]]), abs=1e-6)


def test_w_p_r_turn_about_fixed_axes():
    turned = frames.from_wire({"X": 0, "Y": 0, "Z": 0, "W": 90, "P": 0, "R": 90})
    # First W about x: y to z. Then R about z: x to y. The tool's z was -y before R, and +x after it.
    assert turned[:3, 2] == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)
    assert turned[:3, 0] == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)


@given(st.lists(ANGLE, min_size=6, max_size=6))
def test_joints_survive_the_wire(values):
    assert joints.from_wire(joints.to_wire(values)) == pytest.approx(values, abs=2e-7)


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.lists(ANGLE, min_size=3, max_size=3))
def test_poses_survive_the_wire(xyz, wpr):
    w, p, r = (math.degrees(value) for value in wpr)
    x, y, z = (1000.0 * value for value in xyz)
    matrix = frames.from_wire({"X": x, "Y": y, "Z": z, "W": w, "P": p, "R": r})
    again = frames.from_wire(frames.to_wire(matrix))
    assert np.abs(again - matrix).max() < 1e-5


@pytest.mark.parametrize("model", MODELS)
def test_home_is_front_up_not_flipped(model):
    arm = load_arm(model)
    bits = frames.configuration(arm.home, shape_of(arm))
    assert (bits.Front, bits.Up, bits.Left, bits.Flip) == (1, 1, 0, 0)
    assert (bits.Turn4, bits.Turn5, bits.Turn6) == (0, 0, 0)


def test_configurations_tell_solutions_apart():
    shape = shape_of(load_arm("lrmate-200id"))

    def bits(**degrees: float) -> frames.Configuration:
        return frames.configuration(pendant(**degrees), shape)

    assert bits(J5=-90.0).Flip == 0
    assert bits(J4=180.0, J5=90.0).Flip == 1
    assert bits(J2=-80.0, J3=100.0, J5=-90.0).Front == 0
    assert bits(J2=90.0, J3=60.0, J5=-30.0).Up == 0
    assert (bits(J6=200.0).Turn6, bits(J6=-200.0).Turn6, bits(J4=179.0).Turn4) == (1, -1, 0)
