"""The plant of a camera: its picture and the bodies in view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cellkit.geometry import Array, Pose


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture: ``colour`` (h, w, 3) uint8; ``depth`` (h, w) in m along the optical axis, NaN without an object."""

    colour: object
    depth: Array


class CameraPlant(Protocol):
    """An RGB-D camera; z is the optical axis, x to the right, y down."""

    def picture(self) -> Picture:
        """Take a picture now."""

    def visible_bodies(self, kind: str) -> list[tuple[str, Pose]]:
        """Return names and true poses (frame ``world``) of the bodies of a kind inside the field of view."""
