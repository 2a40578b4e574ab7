"""Pictures of a cell's cameras: when the program asks one, and at a rate if that is wanted."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cellkit import registry
from cellkit.cell.build import BuiltCell
from cellkit.cell.kinds.surroundings import PlacedCamera

QUALITY = 90
_ASKS = ("capture", "locate")
Take = Callable[[str, bytes], None]


class Pictures:
    """``take(role, jpeg)`` is called for every picture. A world that has none gives none."""

    def __init__(self, built: BuiltCell, rate: float, take: Take) -> None:
        """``rate`` (Hz of cell time) of pictures that nobody asked for; 0: none."""
        drawn = registry.world(built.world.name).pictures
        self._cameras: Mapping[str, PlacedCamera] = built.cameras if drawn else {}
        self._period = 1.0 / rate if rate > 0.0 else None
        self._next = 0.0
        self._take = take

    def look(self, time: float) -> None:
        """It is cell time ``time`` (s)."""
        if self._period is None or time < self._next - 1e-9:
            return
        self._next = time + self._period
        for role in self._cameras:
            self._picture(role)

    def event(self, record: Mapping[str, Any]) -> None:
        """What the program asks a camera is what the camera sees at that moment."""
        role = record["source"]
        if role in self._cameras and record["what"] == "command" and record.get("command") in _ASKS:
            self._picture(role)

    def _picture(self, role: str) -> None:
        self._take(role, jpeg_of(self._cameras[role].plant.picture().colour))


def jpeg_of(colour: object) -> bytes:
    """A picture (h, w, 3) uint8 as JPEG."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.asarray(colour, dtype=np.uint8)).save(out, format="JPEG", quality=QUALITY)
    return out.getvalue()
