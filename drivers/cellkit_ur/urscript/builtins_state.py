"""Builtins for the state of the arm and the forces on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cellkit_ur.urscript.builtins import BUILTINS, Builtin, builtin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.machine import Machine
from cellkit_ur.urscript.runtime import Runtime
from cellkit_ur.urscript.values import PoseValue, Value, integer, six

NO_OFFSET = (0.0,) * 6


def _reads(name: str, read: Callable[[Machine], Any]) -> None:
    """Register a builtin without parameters that reads from the machine."""
    BUILTINS[name] = Builtin(name, lambda runtime: read(runtime.machine), (), waits=False)


_reads("get_actual_joint_positions", lambda machine: machine.joints())
_reads("get_joint_positions", lambda machine: machine.joints())  # an older name
_reads("get_actual_joint_speeds", lambda machine: machine.joint_speeds())
_reads("get_target_joint_positions", lambda machine: machine.target_joints())
_reads("get_target_joint_speeds", lambda machine: machine.target_joint_speeds())
_reads("get_actual_tcp_pose", lambda machine: PoseValue(machine.tcp_pose()))
_reads("get_target_tcp_pose", lambda machine: PoseValue(machine.target_tcp_pose()))
_reads("get_actual_tcp_speed", lambda machine: PoseValue(machine.tcp_speed()))
_reads("get_target_tcp_speed", lambda machine: PoseValue(machine.target_tcp_speed()))
_reads("get_actual_tool_flange_pose", lambda machine: PoseValue(machine.forward(machine.joints(), NO_OFFSET)))
_reads("get_target_waypoint", lambda machine: PoseValue(machine.target_waypoint()))
_reads("get_tcp_offset", lambda machine: PoseValue(machine.tcp_offset()))
_reads("get_joint_torques", lambda machine: machine.joint_torques())
_reads("get_tcp_force", lambda machine: machine.tcp_force())
_reads("get_actual_tcp_force", lambda machine: machine.tcp_force())
_reads("force", lambda machine: math.hypot(*machine.tcp_force()[:3]))
_reads("get_target_payload", lambda machine: machine.payload()[0])
_reads("get_target_payload_mass", lambda machine: machine.payload()[0])
_reads("get_target_payload_cog", lambda machine: machine.payload()[1])
_reads("get_target_payload_inertia", lambda machine: machine.payload()[2])
_reads("get_freedrive_status", lambda machine: machine.freedrive_status())
_reads("get_steptime", lambda machine: machine.steptime)
_reads("is_steady", lambda machine: machine.is_steady())


@builtin
def get_actual_joint_positions_history(runtime: Runtime, steps: Value = 0) -> Value:
    """Return the joints some control steps ago."""
    count = integer(steps)
    if count < 0:
        raise RuntimeException("steps must not be negative")
    return runtime.machine.joints_before(count)


@builtin
def tool_contact(runtime: Runtime, direction: Value = None) -> Value:
    """Return the control steps since contact, 0 without; along ``direction``, or along the speed of the TCP."""
    machine = runtime.machine
    return machine.tool_contact(machine.target_tcp_speed() if direction is None else six(direction))
