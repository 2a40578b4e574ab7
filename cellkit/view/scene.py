"""The constant part of a run: title, devices, frames, sensor fields, text of the program. Plain data for JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from cellkit.geometry import Array

Triple = tuple[float, float, float]
Matrix = list[list[float]]
"""(4, 4) in frame ``world``."""


def triple(values: Array) -> Triple:
    """Return a vector (3,) as plain numbers."""
    x, y, z = (float(value) for value in values)
    return x, y, z


class _FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True)


class FigureSolid(_FrozenModel):
    """One solid of a figure; see ``cellkit.controller.drawing.Solid``."""

    kind: Literal["box", "cylinder", "capsule", "sphere"]
    size: Triple
    xyz: Triple
    rpy: Triple
    colour: Triple


class Figure(_FrozenModel):
    """A link or a body with its name; see ``cellkit.controller.drawing.Drawn``."""

    name: str
    owner: str
    looks: tuple[FigureSolid, ...]


class SensorField(_FrozenModel):
    """The beam, protective field or view of a sensor, in the sensor's frame, which is at ``pose``.

    A ``beam`` or ``field`` is a line through ``corners``; a camera has its vertical angle of view (rad) and its aspect
    (width / height).
    """

    sensor: str
    name: str
    kind: Literal["beam", "field", "camera"]
    pose: Matrix
    corners: tuple[Triple, ...] = ()
    closed: bool = False
    angle: float = 0.0
    aspect: float = 1.0


class DeviceInfo(_FrozenModel):
    """A device of the cell: its role, its kind, and the name of its model (``what``)."""

    role: str
    kind: str
    what: str


class ProgramText(_FrozenModel):
    """The cell program: name of its file, and lines."""

    name: str = ""
    lines: tuple[str, ...] = ()


class Scene(_FrozenModel):
    """The scene of a run. ``steered``: cell time is simulated and can be paused from the page.

    ``eye`` and ``target`` (m) and the vertical ``angle`` of view (rad) are the initial view.
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
