"""Dynamics against PyBullet for every shipped arm, power balance, loads, drives."""

from __future__ import annotations

import numpy as np
import pytest
from arms import ur5e
from cellkit_sim.bullet import Client
from cellkit_sim.gripper_urdf import MARKER_MASS
from cellkit_sim.urdf import robot_urdf

from cellkit.geometry import Array
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.inertial import Inertial
from cellkit.models.load import load_arm, model_ids
from cellkit.motion.dynamics import UPRIGHT, ArmDynamics
from cellkit.motion.kinematics import ArmKinematics

TOOL = Load(
    2.5, np.array([0.03, -0.02, 0.11]), np.array([[0.02, 0.001, 0.0], [0.001, 0.03, 0.002], [0.0, 0.002, 0.01]])
)


def moments(model: ArmModel, count: int) -> tuple[Array, Array, Array]:
    """Return random angles, speeds and accelerations (count, n) within the limits of a model."""
    rng, limits = np.random.default_rng(7), model.joint_limits()
    low, high = np.maximum(limits.lower, -3.0), np.minimum(limits.upper, 3.0)
    unit = rng.uniform(-1.0, 1.0, (2, count, model.dof))
    return rng.uniform(low, high, (count, model.dof)), unit[0] * limits.velocity, unit[1] * limits.acceleration


def without_marker(dynamics: ArmDynamics, model: ArmModel) -> ArmDynamics:
    """Return the dynamics of the URDF of a bare arm: a mass of 1 g moves from the last link to its flange."""
    last = dynamics._links[-1]
    share = MARKER_MASS / last[3, 3]
    dynamics._links[-1] = last * (1.0 - share)
    return dynamics.loaded(Inertial.of_box(MARKER_MASS, (model.geometry.link_radii[-1],) * 3).load())


@pytest.mark.parametrize("name", model_ids("arm"))
def test_torques_and_inertias_are_those_of_pybullet(name: str) -> None:
    model = load_arm(name)
    dynamics = without_marker(ArmDynamics(model), model)
    client = Client()
    try:
        p, flags = client.p, client.p.URDF_USE_INERTIA_FROM_FILE
        body = client.load_urdf(robot_urdf(model), np.eye(4), flags)
        p.setGravity(*UPRIGHT, physicsClientId=client.id)
        rows = [[values.tolist() for values in row] for row in zip(*moments(model, 10), strict=True)]
        expected = [p.calculateInverseDynamics(body, *row, physicsClientId=client.id) for row in rows]
        held = [
            p.calculateInverseDynamics(body, row[0], [0.0] * model.dof, [0.0] * model.dof, physicsClientId=client.id)
            for row in rows
        ]
        turned = [np.diag(p.calculateMassMatrix(body, row[0], physicsClientId=client.id)) for row in rows]
    finally:
        client.close()
    q, qd, qdd = moments(model, 10)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(dynamics.link_torques(q, qd, qdd), expected, rtol=1e-6, atol=1e-6 * largest)
    np.testing.assert_allclose(dynamics.gravity(q), held, rtol=1e-6, atol=1e-6 * largest)
    np.testing.assert_allclose(dynamics.axis_inertia(q), turned, rtol=1e-6, atol=1e-9)


def test_power_is_the_change_of_energy() -> None:
    model = load_arm("fr3")
    dynamics = ArmDynamics(model, TOOL)
    time = np.linspace(0.0, 1.0, 4001)[:, None]
    rate = 1.0 + np.arange(model.dof) / 3.0
    q = np.array(model.home) + 0.4 * np.sin(rate * time)
    qd, qdd = 0.4 * rate * np.cos(rate * time), -0.4 * rate**2 * np.sin(rate * time)
    torques = dynamics.link_torques(q, qd, qdd)
    work = np.trapezoid((torques * qd).sum(axis=1), time[:, 0])
    # Kinetic energy is half the speeds times the torques that the same speeds take as accelerations, at rest.
    still = np.zeros_like(q)
    kinetic = 0.5 * (qd * dynamics.link_torques(q, still, qd, (0.0, 0.0, 0.0))).sum(axis=1)
    lift = np.trapezoid((dynamics.gravity(q) * qd).sum(axis=1), time[:, 0])
    assert abs(lift) > 1.0  # J
    assert work == pytest.approx(kinetic[-1] - kinetic[0] + lift, abs=1e-5)


def test_gravity_is_the_torque_at_rest_also_on_a_wall() -> None:
    dynamics = ArmDynamics(load_arm("ur10e"), TOOL)
    q, _, _ = moments(dynamics.model, 20)
    for gravity in (UPRIGHT, (0.0, -9.81, 0.0), (3.0, 4.0, -5.0)):
        at_rest = dynamics.inverse(q, np.zeros_like(q), np.zeros_like(q), gravity)
        np.testing.assert_allclose(dynamics.gravity(q, gravity), at_rest, atol=1e-10)


def test_inertia_is_the_torque_of_one_joint_that_starts_without_gravity() -> None:
    dynamics = ArmDynamics(load_arm("irb-1200"), TOOL)
    q, _, _ = moments(dynamics.model, 20)
    inertias = dynamics.axis_inertia(q)
    for joint in range(dynamics.dof):
        start = np.zeros_like(q)
        start[:, joint] = 1.0  # rad/s²
        torques = dynamics.link_torques(q, np.zeros_like(q), start, (0.0, 0.0, 0.0))
        np.testing.assert_allclose(inertias[:, joint], torques[:, joint], rtol=1e-10, atol=1e-12)


def test_a_load_adds_its_weight_times_its_lever() -> None:
    model = ur5e()
    stretched = np.zeros(6)
    bare, loaded = ArmDynamics(model), ArmDynamics(model).loaded(Load(3.0))
    flange = ArmKinematics(model).forward(stretched)[:3, 3]
    more = np.abs(loaded.gravity(stretched) - bare.gravity(stretched))
    assert more[1] == pytest.approx(3.0 * 9.81 * abs(flange[0]))
    assert more[0] == pytest.approx(0.0, abs=1e-9)
    grown = loaded.axis_inertia(stretched) - bare.axis_inertia(stretched)
    assert grown[0] == pytest.approx(3.0 * (flange[0] ** 2 + flange[1] ** 2))


def test_one_moment_is_a_row_of_many() -> None:
    dynamics = ArmDynamics(load_arm("xarm7"), TOOL)
    q, qd, qdd = moments(dynamics.model, 5)
    for row in range(5):
        one = dynamics.inverse(q[row], qd[row], qdd[row])
        np.testing.assert_allclose(one, dynamics.inverse(q, qd, qdd)[row], rtol=1e-12)
        np.testing.assert_allclose(dynamics.axis_inertia(q[row]), dynamics.axis_inertia(q)[row], rtol=1e-12)
        np.testing.assert_allclose(dynamics.gravity(q[row]), dynamics.gravity(q)[row], rtol=1e-12, atol=1e-12)


def test_rotors_and_friction_add_to_the_links_where_they_are_known() -> None:
    plain = ur5e()
    proof = {"source": "test", "verified": False}
    drives = {
        "rotor_inertia": {"values": [2.0] * 6, **proof},
        "coulomb": {"values": [None, 5.0, 5.0, 5.0, 5.0, 5.0], **proof},
        "viscous": {"values": None, **proof},
    }
    model = ArmModel.model_validate({**plain.model_dump(by_alias=True), "drives": drives})
    dynamics = ArmDynamics(model)
    q, qd, qdd = moments(model, 8)
    expected = dynamics.link_torques(q, qd, qdd) + 2.0 * qdd + [0.0, 5.0, 5.0, 5.0, 5.0, 5.0] * np.sign(qd)
    np.testing.assert_allclose(dynamics.inverse(q, qd, qdd), expected)
    resting = dynamics.drive_torques(np.full(6, 1e-12), np.zeros(6))
    np.testing.assert_allclose(resting, 0.0, atol=1e-6)
    np.testing.assert_array_equal(ArmDynamics(plain).drive_torques(qd, qdd), 0.0)


def test_drives_need_a_value_for_every_joint() -> None:
    proof = {"source": "test", "verified": False}
    figures = {"values": [1.0, 2.0], **proof}
    drives = {"rotor_inertia": figures, "coulomb": figures, "viscous": figures}
    with pytest.raises(ValueError, match=r"drives\.rotor_inertia has 2 values for 6 joints"):
        ArmModel.model_validate({**ur5e().model_dump(by_alias=True), "drives": drives})
