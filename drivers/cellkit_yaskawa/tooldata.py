"""Tool and load of a program as a tool file of the controller, and back."""

from __future__ import annotations

import math
import re

import numpy as np

from cellkit.devices.tool import Load, Tool
from cellkit.geometry import Pose
from cellkit_yaskawa.protocol.tools import ToolFile


def tool_file(number: int, tool: Tool, payload: Load) -> ToolFile:
    """Tool and payload as the controller is to know them: as one body, with the diagonal of its inertia."""
    both = tool.load + payload
    centre, moments = both.centre_of_gravity * 1000.0, np.diag(both.inertia)
    position = (1000.0 * float(v) for v in tool.tcp.position)
    angles = (math.degrees(a) for a in tool.tcp.rpy)
    name = re.sub(r"[^A-Z0-9_-]", "-", tool.name.upper())[:16]
    return ToolFile(number, name, (*position, *angles), tuple(centre.tolist()), both.mass, tuple(moments.tolist()))


def tool_of(file: ToolFile) -> Tool:
    """Return a tool file as a tool; a payload is part of its load."""
    x, y, z, *angles = file.tcp
    tcp = Pose.from_rpy((x / 1e3, y / 1e3, z / 1e3), [math.radians(a) for a in angles], frame="flange")
    return Tool(file.name, tcp, Load(file.mass, np.array(file.centre) / 1e3, np.diag(file.moments)))
