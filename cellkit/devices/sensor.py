"""The open interfaces of sensors: force/torque, proximity, camera."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellkit.devices.device import Device
from cellkit.devices.observed import Observed
from cellkit.geometry import Array, Pose, Wrench


@dataclass(frozen=True, slots=True, eq=False)
class WrenchReading:
    """What a force/torque sensor measured at ``stamp`` (s)."""

    stamp: float
    wrench: Wrench


class ForceTorqueSensor(Device):
    """A six-axis sensor at the flange: what the tool exerts on the arm, in frame ``flange``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._bias_force = np.zeros(3)
        self._bias_torque = np.zeros(3)

    async def read(self) -> WrenchReading:
        """The newest measurement, less the bias taken by ``zero()``."""
        self._require_open()
        raw = await self._read()
        wrench = Wrench(raw.wrench.force - self._bias_force, raw.wrench.torque - self._bias_torque, raw.wrench.frame)
        return WrenchReading(raw.stamp, wrench)

    async def zero(self) -> None:
        """Take what is measured now as zero (the tool's weight, in this orientation)."""
        self._require_open()
        raw = await self._read()
        self._bias_force = np.array(raw.wrench.force)
        self._bias_torque = np.array(raw.wrench.torque)

    @abstractmethod
    async def _read(self) -> WrenchReading:
        """Hook: the newest raw measurement."""


class ProximitySensor(Observed):
    """A beam or presence sensor."""

    async def distance(self) -> float | None:
        """Distance (m) to what is in the beam; None when it is free."""
        self._require_open()
        return await self._distance()

    async def present(self) -> bool:
        """Whether something is in the beam."""
        return await self.distance() is not None

    async def wait_for(self, present: bool = True, *, timeout: float = 60.0) -> None:
        """Wait until something is (or nothing is) in the beam. Raises ``MotionTimeout``, ``ConnectionLost``."""

        async def reached() -> bool:
            return (await self._distance() is not None) == present

        what = "something" if present else "nothing"
        await self._wait_until(reached, self._watch, timeout, f"the beam did not see {what}")

    @abstractmethod
    async def _distance(self) -> float | None:
        """Hook: the newest distance (m)."""

    @abstractmethod
    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` whenever the beam may have changed; return what ends that."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraImage:
    """One RGB-D picture.

    ``colour`` (h, w, 3) uint8; ``depth`` (h, w) in m along the optical axis, NaN where unknown; ``intrinsics``
    (3, 3) in pixels; ``pose`` of the camera (z forward, x right, y down).
    """

    stamp: float
    colour: NDArray[np.uint8]
    depth: Array
    intrinsics: Array
    pose: Pose


class Camera(Device):
    """An RGB-D camera."""

    async def capture(self) -> CameraImage:
        """Take a picture."""
        self._require_open()
        return await self._capture()

    @abstractmethod
    async def _capture(self) -> CameraImage:
        """Hook: take a picture."""
