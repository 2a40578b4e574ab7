"""The open interface of RGB-D cameras."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellkit.devices.device import Device
from cellkit.geometry import Array, Pose


@dataclass(frozen=True, slots=True, eq=False)
class CameraImage:
    """One RGB-D picture.

    ``stamp`` is the time of the picture in s; ``colour`` (h, w, 3) uint8; ``depth`` (h, w) in m along the optical axis,
    NaN where unknown; ``intrinsics`` (3, 3) in pixels; ``pose`` of the camera (z forward, x right, y down), in the
    frame that it names.
    """

    stamp: float
    colour: NDArray[np.uint8]
    depth: Array
    intrinsics: Array
    pose: Pose


class Camera(Device):
    """An RGB-D camera."""

    async def capture(self) -> CameraImage:
        """Take a picture and return it. Raises ``ConnectionLost`` and the errors of the camera's driver."""
        self._require_open()
        with self._reporting("capture"):
            return await self._capture()

    @abstractmethod
    async def _capture(self) -> CameraImage:
        """Take a picture (driver hook)."""
