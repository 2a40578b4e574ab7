"""Conversion of RAPID's tool and load data, ``tooldata`` and ``loaddata``, to and from the open interfaces' terms.

A tool's centre of gravity and axes are in the wrist frame, which is the flange's; those of a payload are in the tool's
own frame (RAPID reference, ``loaddata``). Moments of inertia are about the centre of gravity and the principal axes,
``aom``. RAPID refuses a mass of 0, so 1 g replaces it. Units are mm, kg and kg m²; quaternions are w, x, y, z.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cellkit.devices import Load, Tool
from cellkit.errors import ProtocolError
from cellkit.geometry import Array, Pose, quaternion_from_rotation, rotation_from_quaternion
from cellkit.masses import principal
from cellkit_abb.protocol.rapid import Value, format_value

LIGHTEST = 0.001  # kg


def tool_data(tool: Tool) -> str:
    """Return a tool as ``tooldata``, held by the robot."""
    x, y, z, w = tool.tcp.quaternion
    frame: Value = [_millimetres(tool.tcp.position), [w, x, y, z]]
    return format_value([True, frame, _load(tool.load)])


def load_data(payload: Load, tool: Tool) -> str:
    """Return a payload, given in the flange frame, as ``loaddata`` in the frame of the tool that carries it."""
    turn = tool.tcp.rotation.T
    centre = turn @ (payload.centre_of_gravity - tool.tcp.position)
    return format_value(_load(Load(payload.mass, centre, turn @ payload.inertia @ turn.T)))


def read_tool(value: Value) -> Tool:
    """Return a tool from ``tooldata``. Raises ``ProtocolError``."""
    parts: Any = value
    try:
        _, (position, (w, x, y, z)), load = parts
        tcp = Pose.from_quaternion(np.array(position, dtype=float) / 1000, (x, y, z, w), "flange")
        return Tool("tool", tcp, _read(load))
    except (TypeError, ValueError) as error:
        raise _broken(f"not tooldata: {error}", value) from None


def read_load(value: Value, tool: Tool) -> Load:
    """Return a payload in the flange frame, from ``loaddata`` in the frame of the tool. Raises ``ProtocolError``."""
    try:
        load = _read(value)
    except (TypeError, ValueError) as error:
        raise _broken(f"not loaddata: {error}", value) from None
    turn = tool.tcp.rotation
    return Load(load.mass, turn @ load.centre_of_gravity + tool.tcp.position, turn @ load.inertia @ turn.T)


def _load(load: Load) -> Value:
    if load.mass <= LIGHTEST:
        return [LIGHTEST, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0], 0.0, 0.0, 0.0]
    axes, moments = principal(load.inertia)
    x, y, z, w = quaternion_from_rotation(axes)
    turn: Value = [w, x, y, z]
    return [load.mass, _millimetres(load.centre_of_gravity), turn, *(round(moment, 12) for moment in moments)]


def _read(value: Value) -> Load:
    parts: Any = value
    mass, centre, (w, x, y, z), *moments = parts
    if len(moments) != 3:
        raise ValueError(f"{len(moments)} moments of inertia")
    if not float(mass) > 0.0:
        raise ValueError(f"a mass of {mass} kg")
    if float(mass) <= LIGHTEST:
        return Load()
    axes = rotation_from_quaternion((x, y, z, w))
    inertia = axes @ np.diag(np.array(moments, dtype=float)) @ axes.T
    return Load(float(mass), np.array(centre, dtype=float) / 1000, inertia)


def _millimetres(metres: Array) -> Value:
    return [round(float(x) * 1000, 6) for x in metres]


def _broken(why: str, value: Value) -> ProtocolError:
    return ProtocolError("RAPID", why, data=format_value(value)[:500].encode())
