"""What of a run stays as it is: title, devices, frames, sensor fields, the program's text. Plain data, JSON-able."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Triple = tuple[float, float, float]
Matrix = list[list[float]]
"""(4, 4) in frame ``world``."""


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True)


class Look(_Plain):
    """One solid of what is drawn; see ``cellkit.controller.drawing.Solid``."""

    kind: Literal["box", "cylinder", "capsule", "sphere"]
    size: Triple
    xyz: Triple
    rpy: Triple
    colour: Triple


class Figure(_Plain):
    """A link or a body, by its name; see ``cellkit.controller.drawing.Drawn``."""

    name: str
    owner: str
    looks: tuple[Look, ...]


class SensorField(_Plain):
    """Where a sensor looks: lines between corners in its own frame, which stands at ``pose``.

    ``beam`` and ``field`` have ``corners``, a camera has its vertical angle of view (rad) and width / height.
    """

    sensor: str
    name: str
    kind: Literal["beam", "field", "camera"]
    pose: Matrix
    corners: tuple[Triple, ...] = ()
    closed: bool = False
    angle: float = 0.0
    aspect: float = 1.0


class DeviceInfo(_Plain):
    """A device of the cell by its role: its kind, and the model that is in it."""

    role: str
    kind: str
    what: str


class ProgramText(_Plain):
    """The cell program: the name of its file, and its lines."""

    name: str = ""
    lines: tuple[str, ...] = ()


class Scene(_Plain):
    """All of it. ``steered``: cell time is simulated, so that it may be paused. ``eye`` and ``target``
    in m and ``angle`` of view from top to bottom in rad: how it is looked at in the beginning.
    """

    title: str
    subtitle: str
    devices: tuple[DeviceInfo, ...]
    frames: dict[str, Matrix]
    fields: tuple[SensorField, ...]
    program: ProgramText
    eye: Triple
    target: Triple
    angle: float
    seed: int = 0
    steered: bool = False
    period: float = 1.0 / 30.0
