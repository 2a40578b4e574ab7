"""Shapes and masses from a user's URDF, for an arm whose kinematics come from the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError, tostring

from defusedxml.common import DefusedXmlException

from cellkit.errors import ConfigError
from cellkit.inputfile import read_text_input
from cellkit.yamlfile import near_names
from cellkit_sim.urdf_numbers import check_numbers, parse_with_lines

MAX_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class UserLink:
    """URDF text of one link: its ``<visual>`` and ``<collision>`` elements, and its ``<inertial>`` or nothing."""

    shapes: str
    inertial: str


def user_links(file: Path, joint_names: list[str]) -> list[UserLink]:
    """Return the base and the child of every joint, in order, with absolute mesh paths.

    The frames of the file's links must be those of the model's joints. Raises ``ConfigError`` for a file that cannot
    be read, a joint or link that the file lacks, and a missing mesh.
    """
    try:
        root, lines = parse_with_lines(read_text_input(file, MAX_BYTES, "a URDF"))
    except ParseError as error:
        raise ConfigError(f"the URDF is not valid XML: {error}", file=file, line=error.position[0]) from None
    except DefusedXmlException:
        raise ConfigError("the URDF declares entities of its own, which are not read", file=file) from None
    check_numbers(root, lines, file)
    joints = {joint.get("name", ""): joint for joint in root.findall("joint")}
    links = {link.get("name", ""): link for link in root.findall("link")}
    chain = []
    for index, name in enumerate(joint_names):
        if name not in joints:
            raise ConfigError(f"the URDF has no joint {name!r}; {near_names(name, joints)}", file=file)
        if index == 0:
            chain.append(_end(joints[name], "parent", file))
        chain.append(_end(joints[name], "child", file))
    missing = [name for name in chain if name not in links]
    if missing:
        raise ConfigError(f"the URDF has no link {missing[0]!r}; {near_names(missing[0], links)}", file=file)
    return [_link(links[name], file) for name in chain]


def _end(joint: Any, which: str, file: Path) -> str:
    end = joint.find(which)
    name = None if end is None else end.get("link")
    if name is None:
        raise ConfigError(f"joint {joint.get('name')!r} names no {which} link", file=file)
    return str(name)


def _link(link: Any, file: Path) -> UserLink:
    for mesh in link.iter("mesh"):
        mesh.set("filename", str(_mesh(mesh.get("filename", ""), file)))
    shapes = "".join(_text(element) for element in link if element.tag in {"visual", "collision"})
    inertial = link.find("inertial")
    return UserLink(shapes, "" if inertial is None else _text(inertial))


def _text(element: Any) -> str:
    return tostring(element, encoding="unicode").strip()


def _mesh(name: str, file: Path) -> Path:
    """Return the path of a mesh: absolute, relative to the file, or in a package folder above it."""
    scheme, separator, rest = name.partition("://")
    if not separator or scheme == "file":
        path = Path(rest if separator else name)
        candidates = [path if path.is_absolute() else file.parent / path]
    else:
        package, _, inside = rest.partition("/")
        candidates = [parent / rest for parent in file.parents]
        candidates += [parent / inside for parent in file.parents if parent.name == package]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    raise ConfigError(f"mesh {name!r} does not exist", file=file)
