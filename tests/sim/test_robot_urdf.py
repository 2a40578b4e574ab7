"""The generated URDF: exact kinematics and masses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cellkit_sim.bullet import Client
from cellkit_sim.urdf import robot_urdf
from defusedxml.ElementTree import fromstring
from sim_rig import ARMS, CUP, JAWS, UR5E, arm_model

from cellkit.errors import ConfigError
from cellkit.motion.kinematics import ArmKinematics


@pytest.mark.parametrize("name", ARMS)
def test_forward_kinematics_is_that_of_the_model(name: str) -> None:
    model = arm_model(name)
    client, kinematics, rng = Client(), ArmKinematics(model), np.random.default_rng(1)
    try:
        mount = np.eye(4)
        mount[:3, 3] = 0.3, -0.2, 0.5
        body = client.load_urdf(robot_urdf(model), mount, client.p.URDF_USE_INERTIA_FROM_FILE)
        for _ in range(10):
            q = rng.uniform(-3, 3, model.dof)
            for joint, angle in enumerate(q):
                client.p.resetJointState(body, joint, angle, physicsClientId=client.id)
            np.testing.assert_allclose(client.link_frame(body, model.dof), mount @ kinematics.forward(q), atol=1e-6)
    finally:
        client.close()


@pytest.mark.parametrize("gripper", [None, JAWS, CUP], ids=["bare", "jaws", "cup"])
@pytest.mark.parametrize("name", ARMS)
def test_masses_add_up(name: str, gripper) -> None:
    model = arm_model(name)
    root = fromstring(robot_urdf(model, *filter(None, [gripper])))
    masses = {link.get("name"): float(link.find("inertial/mass").get("value")) for link in root.findall("link")}
    assert len(masses) == len(root.findall("link"))
    assert min(masses.values()) > 0
    tool = sum(mass for link, mass in masses.items() if not link.startswith(("base", "link_")))
    if gripper is not None:
        assert tool == pytest.approx(gripper.mass.known())
    moving = sum(mass for link, mass in masses.items() if link.startswith("link_"))
    if gripper is None:
        moving += tool
    if model.dynamics.links is not None:
        assert moving == pytest.approx(sum(link.mass for link in model.dynamics.links))
    else:
        assert moving + masses["base"] == pytest.approx(model.mass.known())


def test_centre_of_gravity_of_the_tool() -> None:
    root = fromstring(robot_urdf(UR5E, CUP))
    total, moment = 0.0, 0.0
    for link, start in (("tool", 0.0), ("cup", (CUP.tcp + CUP.body_size[2]) / 2)):
        inertial = root.find(f"link[@name='{link}']/inertial")
        mass = float(inertial.find("mass").get("value"))
        total += mass
        moment += mass * (start + float(inertial.find("origin").get("xyz").split()[2]))
    assert moment / total == pytest.approx(CUP.centre_of_gravity[2])


USER = """<robot name="mine"><link name="b"><visual><geometry><mesh filename="package://mine/meshes/b.stl"/></geometry>
</visual></link>{links}{joints}</robot>"""


def user_file(folder: Path, names: list[str]) -> Path:
    (folder / "mine" / "meshes").mkdir(parents=True)
    (folder / "mine" / "meshes" / "b.stl").write_bytes(b"")
    inertial = '<inertial><mass value="2.5"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
    shape = '<collision><geometry><box size="0.1 0.1 0.1"/></geometry></collision>'
    links = "".join(f'<link name="l{i}">{inertial}{shape}</link>' for i in range(len(names)))
    ends = ["b", *(f"l{i}" for i in range(len(names)))]
    joints = "".join(
        f'<joint name="{name}" type="revolute"><parent link="{ends[i]}"/><child link="{ends[i + 1]}"/></joint>'
        for i, name in enumerate(names)
    )
    file = folder / "mine" / "robot.urdf"
    file.write_text(USER.format(links=links, joints=joints))
    return file


def test_shapes_of_a_users_own_urdf(tmp_path: Path) -> None:
    names = [joint.name for joint in UR5E.kinematics.joints]
    model = UR5E.model_copy(update={"urdf": str(user_file(tmp_path, names))})
    root = fromstring(robot_urdf(model))
    mesh = root.find("link[@name='base']/visual/geometry/mesh").get("filename")
    assert mesh == str((tmp_path / "mine/meshes/b.stl").resolve())
    assert root.find("link[@name='link_3']/collision/geometry/box") is not None
    assert float(root.find("link[@name='link_3']/inertial/mass").get("value")) == 2.5
    assert root.find("joint[@name='joint_2']/origin").get("rpy").startswith("1.57")


def test_a_users_urdf_without_the_joint(tmp_path: Path) -> None:
    file = user_file(tmp_path, ["a", "b", "c", "d", "e", "shoulder_pan"])
    with pytest.raises(ConfigError, match="no joint 'shoulder_pan_joint'; did you mean shoulder_pan"):
        robot_urdf(UR5E.model_copy(update={"urdf": str(file)}))
