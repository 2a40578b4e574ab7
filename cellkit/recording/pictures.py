"""Pictures of the cameras of a cell: when the program uses a camera, and optionally at a fixed rate."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cellkit import registry
from cellkit.cell.build import BuiltCell
from cellkit.cell.kinds.surroundings import PlacedCamera

QUALITY = 90
_USES = ("capture", "locate")
Take = Callable[[str, bytes], None]


class Pictures:
    """The source of pictures: calls ``take(role, jpeg)`` for each. A world that cannot render gives no pictures."""

    def __init__(self, built: BuiltCell, rate: float, take: Take) -> None:
        """Create it with a ``rate`` (Hz of cell time) of regular pictures; 0: none."""
        drawn = registry.world(built.world.name).pictures
        self._cameras: Mapping[str, PlacedCamera] = built.cameras if drawn else {}
        self._period = 1.0 / rate if rate > 0.0 else None
        self._next = 0.0
        self._take = take

    def look(self, time: float) -> None:
        """Take the regular pictures that are due at cell time ``time`` (s)."""
        if self._period is None or time < self._next - 1e-9:
            return
        self._next = time + self._period
        for role in self._cameras:
            self._picture(role)

    def event(self, record: Mapping[str, Any]) -> None:
        """Take a picture if the event is a command that uses a camera."""
        role = record["source"]
        if role in self._cameras and record["what"] == "command" and record.get("command") in _USES:
            self._picture(role)

    def _picture(self, role: str) -> None:
        self._take(role, jpeg_of(self._cameras[role].plant.picture().colour))


def jpeg_of(colour: object) -> bytes:
    """Encode a picture (h, w, 3) uint8 as JPEG."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.asarray(colour, dtype=np.uint8)).save(out, format="JPEG", quality=QUALITY)
    return out.getvalue()
