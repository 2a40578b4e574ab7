"""Forward kinematics of the shipped arms against published tables and independent models."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cellkit.geometry import Array, inverse_transform, rotation_from_quaternion, transform
from cellkit.models import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.yamlfile import read_yaml, validate

DRIVERS = Path(__file__).parents[2] / "drivers"
TOLERANCE = 1e-6  # m, and as good as rad for the entries of a rotation matrix
HALF_TURN = transform(np.diag([-1.0, -1.0, 1.0]), (0.0, 0.0, 0.0))


@cache
def arm(name: str) -> ArmKinematics:
    file = next(DRIVERS.glob(f"cellkit_*/models/{name}.yaml"))
    return ArmKinematics(validate(ArmModel, read_yaml(file)))


def random_poses(kinematics: ArmKinematics, count: int = 20) -> Array:
    """Return (count, n) joint angles inside the limits, the same in every run."""
    limits = kinematics.limits
    return np.random.default_rng(20_26).uniform(limits.lower, limits.upper, (count, len(limits)))


def rot_x(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def rot_y(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def rot_z(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def link_standard(theta: float, d: float, a: float, alpha: float) -> Array:
    """Return the transform of Denavit and Hartenberg: Rz(theta) Tz(d) Tx(a) Rx(alpha)."""
    turned = rot_z(theta)
    return transform(turned @ rot_x(alpha), np.array([0.0, 0.0, d]) + turned @ [a, 0.0, 0.0])


def link_modified(theta: float, d: float, a: float, alpha: float) -> Array:
    """Return the transform of Craig: Rx(alpha) Tx(a) Rz(theta) Tz(d)."""
    turned = rot_x(alpha)
    return transform(turned @ rot_z(theta), np.array([a, 0.0, 0.0]) + turned @ [0.0, 0.0, d])


def check(ours: Array, theirs: Array) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=TOLERANCE)


def test_ur5e_against_its_dh_table() -> None:
    d = (0.1625, 0.0, 0.0, 0.1333, 0.0997, 0.0996)
    a = (0.0, -0.425, -0.3922, 0.0, 0.0, 0.0)
    alpha = (math.pi / 2, 0.0, 0.0, math.pi / 2, -math.pi / 2, 0.0)
    kinematics = arm("ur5e")
    for q in random_poses(kinematics):
        pose = HALF_TURN.copy()  # the table starts in the controller's base, half a turn away from the model's base
        for row in zip(q, d, a, alpha, strict=True):
            pose = pose @ link_standard(*row)
        check(kinematics.forward(q), pose)


def test_fr3_against_its_modified_dh_table() -> None:
    a = (0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088)
    d = (0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0)
    quarter = math.pi / 2
    alpha = (0.0, -quarter, quarter, quarter, -quarter, quarter, quarter)
    kinematics = arm("fr3")
    for q in random_poses(kinematics):
        pose = np.eye(4)
        for row in zip(q, d, a, alpha, strict=True):
            pose = pose @ link_modified(*row)
        check(kinematics.forward(q), pose @ transform(np.eye(3), (0.0, 0.0, 0.107)))


@pytest.mark.long
def test_fr3_against_the_panda_of_the_robotics_toolbox() -> None:
    """Both generations share their geometry; the toolbox has a hand on the flange that has to be removed."""
    panda = pytest.importorskip("roboticstoolbox").models.DH.Panda()
    kinematics = arm("fr3")
    for q in random_poses(kinematics):
        check(kinematics.forward(q), panda.fkine(q).A @ inverse_transform(panda.tool.A))


@dataclass(frozen=True)
class Opw:
    """Ortho-parallel arm with a spherical wrist (Brandstötter, Angerer, Hofbaur 2014).

    ``theta = sign * q + offset``; at theta = 0 the arm stands straight up.
    """

    a1: float
    a2: float
    b: float
    c1: float
    c2: float
    c3: float
    c4: float
    sign: tuple[int, ...] = (1, 1, 1, 1, 1, 1)
    offset: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    flange_turn: float = 0.0

    def forward(self, q: Array) -> Array:
        t1, t2, t3, t4, t5, t6 = np.array(self.sign) * q + self.offset
        psi, k = math.atan2(self.a2, self.c3), math.hypot(self.a2, self.c3)
        x = self.c2 * math.sin(t2) + k * math.sin(t2 + t3 + psi) + self.a1
        z = self.c2 * math.cos(t2) + k * math.cos(t2 + t3 + psi) + self.c1
        wrist = rot_z(t1) @ [x, self.b, z]
        rotation = rot_z(t1) @ rot_y(t2 + t3) @ rot_z(t4) @ rot_y(t5) @ rot_z(t6)
        return transform(rotation @ rot_z(self.flange_turn), wrist + rotation @ [0.0, 0.0, self.c4])


QUARTER = math.pi / 2
SPHERICAL_WRISTS = {
    "irb-120": Opw(0.0, -0.07, 0.0, 0.29, 0.27, 0.302, 0.072, offset=(0, 0, QUARTER, 0, 0, 0)),
    "kr6-r900": Opw(
        0.025, -0.035, 0.0, 0.4, 0.455, 0.42, 0.08, sign=(-1, 1, 1, -1, 1, -1), offset=(0, QUARTER, 0, 0, 0, 0)
    ),
    "gp7": Opw(
        0.04, -0.04, 0.0, 0.33, 0.445, 0.44, 0.08,
        sign=(1, 1, -1, -1, -1, -1), offset=(0, 0, QUARTER, 0, 0, 0), flange_turn=math.pi,
    ),
    "tx2-60": Opw(0.0, 0.0, 0.02, 0.375, 0.29, 0.31, 0.07),
}  # fmt: skip


@pytest.mark.parametrize("name", SPHERICAL_WRISTS)
def test_spherical_wrists_against_the_closed_form(name: str) -> None:
    kinematics = arm(name)
    for q in random_poses(kinematics):
        check(kinematics.forward(q), SPHERICAL_WRISTS[name].forward(q))


def test_crx_10ia_points_forward_at_zero() -> None:
    rotation = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
    check(arm("crx-10ia").forward(np.zeros(6)), transform(rotation, (0.7, -0.15, 0.785)))


# Flange in the controller's WORLD frame for pendant angles in degrees; lengths in mm. Computed with the
# closed form of crx-kinematics 0.1.2, which is independent of the description that our model comes from.
CRX_POSES = [
    (
        (30, 20, -10, 40, -60, 70),
        [
            [-0.233401399, 0.761245952, 0.605002799, 789.2495],
            [0.823380888, 0.485703688, -0.293489081, 220.144604],
            [-0.517269466, 0.42964698, -0.740159288, 390.191846],
        ],
    ),
    (
        (-100, -45, 60, -120, 35, -150),
        [
            [0.796327649, 0.041564695, -0.603435706, -22.8041453],
            [-0.461475562, 0.686691314, -0.561689723, -103.546245],
            [0.391027596, 0.725759888, 0.566012371, 875.101454],
        ],
    ),
    (
        (75, 60, -80, 150, 100, 20),
        [
            [0.315752901, -0.639654858, -0.700815074, -73.1841775],
            [-0.281247487, 0.642313423, -0.712974977, 533.183111],
            [0.906200837, 0.422226396, 0.022911005, -245.106812],
        ],
    ),
]


@pytest.mark.parametrize(("pendant", "rows"), CRX_POSES)
def test_crx_10ia_against_an_independent_closed_form(pendant: tuple[float, ...], rows: list[list[float]]) -> None:
    q = np.radians(pendant)
    q[2] += q[1]  # the pendant counts J3 from the horizontal
    theirs = np.vstack([rows, [0.0, 0.0, 0.0, 1.0]])
    theirs[:3, 3] /= 1000.0
    theirs[2, 3] += 0.245  # WORLD lies at the height of J2
    check(arm("crx-10ia").forward(q), theirs)


def test_xarm6_against_the_urdf_in_pybullet(tmp_path: Path) -> None:
    """An older file of the vendor, read and moved by the physics engine."""
    pybullet = pytest.importorskip("pybullet")
    data = pytest.importorskip("pybullet_data")
    tree = ET.parse(Path(data.getDataPath()) / "xarm" / "xarm6_robot.urdf")
    root = tree.getroot()
    for link in root.iter("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            link.remove(shape)  # meshes only cost time
    for origin in root.iter("origin"):
        angles = [float(value) for value in origin.get("rpy", "0 0 0").split()]
        # The file writes 1.5708 for a right angle, which would be 3 micrometres at the flange.
        square = [round(v / QUARTER) * QUARTER if abs(v - round(v / QUARTER) * QUARTER) < 1e-4 else v for v in angles]
        origin.set("rpy", " ".join(repr(value) for value in square))
    urdf = tmp_path / "xarm6.urdf"
    tree.write(urdf)

    kinematics = arm("xarm6")
    client = pybullet.connect(pybullet.DIRECT)
    try:
        body = pybullet.loadURDF(str(urdf), useFixedBase=True, physicsClientId=client)
        joints = {
            pybullet.getJointInfo(body, index, physicsClientId=client)[1].decode(): index
            for index in range(pybullet.getNumJoints(body, physicsClientId=client))
        }
        for q in random_poses(kinematics):
            for name, angle in zip(kinematics.limits.names, q, strict=True):
                pybullet.resetJointState(body, joints[name], angle, physicsClientId=client)
            state = pybullet.getLinkState(body, joints["joint6"], computeForwardKinematics=True, physicsClientId=client)
            check(kinematics.forward(q), transform(rotation_from_quaternion(state[5]), state[4]))
    finally:
        pybullet.disconnect(client)
