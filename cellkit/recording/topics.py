"""The channels of a recording: their names, and the JSON schemas of channels for which Foxglove has no schema.

Channels with a schema of Foxglove are protobuf: transforms, scene, joints, pictures, log. The others are JSON, with a
schema that states meaning and units. ``time`` is cell time in s everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cellkit.recording.json_rows import NUMBER
from cellkit.recording.mcap_writer import Schema
from cellkit.scenario.kinds.recorded_kind import RecordedKind

MOVING = "/transforms"
"""FrameTransforms of all bodies that have moved, complete in every message; one message per snapshot."""
FIXED = "/transforms/fixed"
"""FrameTransforms of all other bodies, complete in every message; one message per change."""
FRAMES = "/frames"
"""FrameTransforms of the cell file's frames and of its cameras, once."""
SCENE = "/scene"
"""SceneUpdate of all solids; one message per change."""
EVENTS = "/events"
LOG = "/log"
COLLISIONS = "/collisions"
PROGRAM = "/program"
"""Lines at which the program waits; one message per change."""


def joints(arm: str) -> str:
    """Return the topic of an arm's JointStates; one message per snapshot."""
    return f"/{arm}/joints"


def tcp(arm: str) -> str:
    """Return the topic of an arm's TCP on its flange; one message per change."""
    return f"/{arm}/tcp"


def status(arm: str) -> str:
    """Return the topic of the status of an arm's controller; one message per change."""
    return f"/{arm}/status"


def wrench(arm: str) -> str:
    """Return the topic of the wrench that the tool exerts on an arm's flange; one message per snapshot."""
    return f"/{arm}/wrench"


def measured(role: str, quantity: str) -> str:
    """Return the topic of what is recorded of a kind of device (``RecordedKind``)."""
    return f"/{role}/{quantity}"


def image(camera: str) -> str:
    """Return the topic of a camera's CompressedImage."""
    return f"/{camera}/image"


def calibration(camera: str) -> str:
    """Return the topic of a camera's CameraCalibration; one message."""
    return f"/{camera}/calibration"


def optical_frame(camera: str) -> str:
    """Return the name of a camera's frame: z forward, x right, y down."""
    return f"{camera}/camera"


def _schema(name: str, title: str, properties: Mapping[str, Any], more: bool = False) -> Schema:
    data = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": title,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": more,
    }
    return Schema(name, "jsonschema", json.dumps(data, ensure_ascii=False).encode(), "json")


def _number(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "number", "description": description, **more}


def _vector(description: str) -> dict[str, Any]:
    axes = {axis: {"type": "number"} for axis in "xyz"}
    return {
        "type": "object",
        "description": description,
        "properties": axes,
        "required": list(axes),
        "additionalProperties": False,
    }


TIME = _number("cell time, s")

EVENT = _schema(
    "cellkit.Event",
    "One event of the run's trace. What belongs to an event of its kind stands beside the three that all have.",
    {
        "t": TIME,
        "source": {"type": "string", "description": "role of a device, or cell, world, process, run"},
        "what": {"type": "string", "description": "what has happened"},
    },
    more=True,
)
WRENCH = _schema(
    "cellkit.Wrench",
    "What the tool exerts on the flange of an arm, weight and inertia included.",
    {
        "time": TIME,
        "frame_id": {"type": "string", "description": "frame in which the vectors stand"},
        "force": _vector("N"),
        "torque": _vector("N m, about the origin of the frame"),
    },
)


def wrench_form(arm: str) -> dict[str, Any]:
    """Return the form of the ``WRENCH`` messages of an arm."""
    vector = dict.fromkeys("xyz", NUMBER)
    return {"frame_id": f"{arm}/flange", "force": vector, "torque": vector}


PROGRAM_LINES = _schema(
    "cellkit.ProgramLines",
    "Lines of the attached program at which its tasks wait.",
    {"time": TIME, "lines": {"type": "array", "items": {"type": "integer", "minimum": 1}}},
)
TCP = _schema(
    "cellkit.Tcp",
    "Tool centre point of an arm.",
    {
        "time": TIME,
        "matrix": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 16,
            "maxItems": 16,
            "description": "homogeneous transform of the TCP in the frame of the flange, by rows, in m",
        },
    },
)
STATUS = _schema(
    "cellkit.ArmStatus",
    "What the controller of an arm says of itself.",
    {
        "time": TIME,
        "state": {"type": "string", "description": "what it does, in words"},
        "mode": {"type": "string", "description": "operational mode"},
        "safety": {"type": "string", "description": "safety state as the controller reports it"},
        "fault": {"type": "string", "description": "code and text of its fault; empty: none"},
    },
)
COLLISION_COUNT = _schema(
    "cellkit.Collisions",
    "Contacts of an arm or gripper with what it must not touch, since the run began.",
    {"time": TIME, "count": {"type": "integer", "minimum": 0}},
)


def measured_schema(kind: RecordedKind, role: str, values: Mapping[str, Any]) -> Schema:
    """Return the schema of what is recorded of a device, with the names of its values."""
    properties: Mapping[str, Any] = kind.properties(values)
    if kind.nested:
        properties = {
            "signals": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            }
        }
    return _schema(kind.schema.format(role=role), kind.description, {"time": TIME, **properties})
