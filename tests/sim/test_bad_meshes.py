"""Malformed meshes and absurd numbers of a user's URDF: one error with file and line, and no crash of PyBullet."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import rtbdata
from cellkit_sim import mesh_check
from cellkit_sim.bullet import Client
from cellkit_sim.urdf import robot_urdf
from cellkit_sim.user_urdf import user_links
from sim_rig import UR5E

from cellkit.errors import ConfigError

CUBE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"
DAE = """<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<library_geometries><geometry id="g"><mesh><source id="p"><float_array id="a" count="9">{numbers}</float_array>
<technique_common><accessor source="#a" count="{count}" stride="3"/></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>{indices}</p></triangles></mesh></geometry>
</library_geometries></COLLADA>"""
GOOD_DAE = Path(rtbdata.__file__).parent / "xacro/qut_frankie_description/meshes/visual/finger.dae"
SHORT_DAE = DAE.format(numbers="0 0 0 1 0 0 0 1 0", count=3, indices="0 1 2")


def stl(corner: float, triangles: int = 1) -> bytes:
    return bytes(80) + struct.pack("<I", triangles) + struct.pack("<12fH", 0, 0, 1, 0, 0, 0, corner, 0, 0, 0, 1, 0, 0)


BAD = [
    ("a.obj", CUBE.replace("v 0 0 1", "v 0 nan 1"), ":4: the mesh expected 3 numbers within 100000, got '0 nan 1'"),
    ("a.obj", CUBE.replace("v 0 0 1", "v 0 0 1e30"), ":4: the mesh expected 3 numbers"),
    ("a.obj", CUBE.replace("f 3 1 4", "f 3 1 99999"), ":8: the mesh a face names the vertex '99999'"),
    ("a.obj", "f 1 2 3\n", ":1: the mesh a face names the vertex '1'"),
    ("a.obj", "", "has no vertex"),
    ("a.obj", bytes(range(256)) * 8, "has no vertex"),
    ("a.dae", "<COLLADA>", ":1: the mesh is not valid XML"),
    ("a.dae", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares entities of its own"),
    ("a.dae", "<COLLADA/>", "has no mesh with coordinates"),
    ("a.dae", SHORT_DAE.replace("1 0 0 0", "1 inf 0 0", 1), "expected 9 numbers"),
    ("a.dae", SHORT_DAE, "the mesh cannot be read: PyBullet ended with SIGSEGV"),
    ("a.stl", b"", "too short for an STL file"),
    ("a.stl", stl(1.0, triangles=2**31), "are not 2147483648 triangles"),
    ("a.stl", stl(float("nan")), "is not a number within 100000"),
    ("a.ply", "ply\n", "expected .dae, .obj, .stl"),
]
"""The name of a mesh, its content, and the error."""
QUICK = (0, 7, 10, 13)
"""One of each format, entities, and what ends PyBullet; each mesh is read by a process of its own."""


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [pytest.param(*one, marks=[] if number in QUICK else [pytest.mark.long]) for number, one in enumerate(BAD)],
)
def test_a_bad_mesh_is_one_error(tmp_path: Path, name: str, content: str | bytes, error: str) -> None:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        mesh_check.check_files([file])
    assert error in str(caught.value)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(("name", "content"), [("a.obj", CUBE), ("a.stl", stl(1.0)), ("a.dae", GOOD_DAE.read_bytes())])
def test_a_good_mesh_passes_and_is_read_once(
    tmp_path: Path, name: str, content: str | bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    mesh_check.check_files([file])
    monkeypatch.setattr(mesh_check.subprocess, "run", None)
    mesh_check.check_files([file])


def test_of_many_meshes_the_bad_one_is_named(tmp_path: Path) -> None:
    names = ("a.obj", "b.dae", "c.obj")
    for name, content in zip(names, (CUBE, SHORT_DAE, "f 1 2 3\n"), strict=True):
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=r"b\.dae: the mesh cannot be read: PyBullet ended with SIGSEGV"):
        mesh_check.check_files(tmp_path / name for name in names)
    mesh_check.check_files([tmp_path / "a.obj"])
    with pytest.raises(ConfigError, match=r"c\.obj:1: the mesh a face names"):
        mesh_check.check_files(tmp_path / name for name in (names[0], names[2]))


def test_a_comment_names_no_mesh() -> None:
    mesh_check.check_meshes("<robot><!-- <mesh filename='x.obj'/> --></robot>")


def urdf_with(tmp_path: Path, element: str) -> Path:
    names = [joint.name for joint in UR5E.kinematics.joints]
    links = "".join(f'<link name="l{number}"/>' for number in range(len(names)))
    joints = "".join(
        f'<joint name="{name}"><parent link="{f"l{number - 1}" if number else "b"}"/><child link="l{number}"/></joint>'
        for number, name in enumerate(names)
    )
    file = tmp_path / "robot.urdf"
    file.write_text(f'<robot name="mine">\n<link name="b">\n{element}\n</link>{links}{joints}</robot>')
    return file


@pytest.mark.parametrize(
    "element",
    [
        '<inertial><mass value="-1"/></inertial>',
        '<inertial><mass value="nan"/></inertial>',
        '<inertial><mass value="1e9"/></inertial>',
        '<inertial><inertia ixx="-1"/></inertial>',
        '<collision><geometry><box size="1 1 0"/></geometry></collision>',
        '<collision><geometry><box size="1 1"/></geometry></collision>',
        '<collision><geometry><sphere radius="inf"/></geometry></collision>',
        '<visual><origin xyz="0 0 1e99"/></visual>',
        '<visual><geometry><mesh filename="x.obj" scale="1 0 1"/></geometry></visual>',
    ],
)
def test_an_absurd_number_is_an_error_with_its_line(tmp_path: Path, element: str) -> None:
    file = urdf_with(tmp_path, element)
    with pytest.raises(ConfigError, match=r"robot\.urdf:3: the URDF has <.*: expected "):
        user_links(file, [joint.name for joint in UR5E.kinematics.joints])


def test_entities_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "robot.urdf"
    file.write_text('<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><robot>&d;</robot>')
    with pytest.raises(ConfigError, match="declares entities of its own"):
        user_links(file, ["a"])


def test_the_world_checks_a_users_mesh_before_it_loads_it(tmp_path: Path) -> None:
    (tmp_path / "x.obj").write_text("f 1 2 3\n")
    file = urdf_with(tmp_path, '<collision><geometry><mesh filename="x.obj"/></geometry></collision>')
    client = Client()
    try:
        with pytest.raises(ConfigError, match=r"x\.obj:1: the mesh a face names"):
            client.load_urdf(robot_urdf(UR5E.model_copy(update={"urdf": str(file)})), np.eye(4), 0)
    finally:
        client.close()
