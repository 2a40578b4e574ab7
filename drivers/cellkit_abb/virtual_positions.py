"""Where a virtual arm is, as Robot Web Services tells of it: joint and robot targets."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cellkit.controller.arm_controller import ArmController
from cellkit_abb.protocol.dialect import MECHANICAL_UNIT
from cellkit_abb.protocol.errors import INVALID_PARAMETER
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_access import RequestRefused

UNUSED = "9E+09"  # an external axis that is not there
_TOOLS = ("tool0", "cellkit_tool")
_FRAMES = ("Base", "World", "Wobj")  # all the same here: the work object is wobj0, and the base is the world's origin


def joint_target(kernel: ArmController) -> Item:
    """The joints in degrees."""
    degrees = [math.degrees(q) for q in kernel.joints().position]
    fields = {f"rax_{number}": f"{angle:.9g}" for number, angle in enumerate(degrees, 1)}
    return Item("ms-jointtarget", MECHANICAL_UNIT, fields | {f"eax_{axis}": UNUSED for axis in "abcdef"})


def robot_target(kernel: ArmController, asked: Mapping[str, str]) -> Item:
    """The tool in mm and as a quaternion w, x, y, z. Raises ``RequestRefused`` for a tool or frame there is not."""
    tool, frame = asked.get("tool", "tool0"), asked.get("coordinate", "Base")
    if tool not in _TOOLS or frame not in _FRAMES or asked.get("wobj", "wobj0") != "wobj0":
        raise RequestRefused(INVALID_PARAMETER, f"tool={tool} coordinate={frame}")
    joints = kernel.joints()
    pose = kernel.tcp(joints)
    if tool == "tool0":
        pose = pose @ kernel.tool.tcp.inverse("tcp")
    x, y, z, w = pose.quaternion
    fields = {name: f"{value * 1000:.9g}" for name, value in zip("xyz", pose.position, strict=True)}
    fields |= {f"q{number}": f"{value:.9g}" for number, value in enumerate((w, x, y, z), 1)}
    quadrants = {axis: math.floor(joints.position[axis - 1] / (math.pi / 2)) for axis in (1, 4, 6)}
    fields |= {f"cf{axis}": str(quadrant) for axis, quadrant in quadrants.items()} | {"cfx": "0"}
    return Item("ms-robtargets", MECHANICAL_UNIT, fields | {f"eax{axis}": UNUSED for axis in "abcdef"})
