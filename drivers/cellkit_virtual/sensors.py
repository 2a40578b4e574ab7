"""The reference sensors, over a world's plants."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cellkit.controller.plants.camera import CameraPlant
from cellkit.controller.plants.force_torque import WrenchPlant
from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.controller.world import CameraGeometry
from cellkit.devices import (
    Camera,
    CameraImage,
    Field,
    ForceTorqueSensor,
    LocatedPart,
    Locating,
    ProximitySensor,
    RangeScanner,
    Scan,
    WrenchReading,
)
from cellkit.errors import CommandRejected, DeviceFault
from cellkit.geometry import Array, Pose, frozen
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit.timing import Periodic, now
from cellkit.yamlfile import near_names
from cellkit_virtual.link import Link, Linked

SAMPLE_PERIOD = 0.002
"""s between two measurements of a force during a wait, for a sensor whose rate is not known."""


class VirtualForceTorqueSensor(Linked, ForceTorqueSensor):
    """A force/torque sensor between a simulated flange and its tool."""

    def __init__(self, name: str, model: ForceTorqueModel | None, plant: WrenchPlant, link: Link | None = None) -> None:
        super().__init__(name, model)
        self._plant = plant
        self._link = link or Link()

    async def _read(self) -> WrenchReading:
        return WrenchReading(now(), self._plant.wrench())

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        rate = None if self.model is None else self.model.rate.value
        return Periodic(SAMPLE_PERIOD if rate is None else max(SAMPLE_PERIOD, 1.0 / rate), on_change).close


class VirtualProximitySensor(Linked, ProximitySensor):
    """A beam in a simulated world."""

    def __init__(self, name: str, model: DistanceModel | None, plant: ProximityPlant, link: Link | None = None) -> None:
        super().__init__(name)
        self._plant = plant
        self._link = link or Link()
        self._subscribed = False

    async def _distance(self) -> float | None:
        distance = self._plant.distance()
        if distance is not None and math.isnan(distance):
            raise DeviceFault(self.name, "the beam measures nothing (glare)", code="no-measurement")
        return distance

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        if not self._subscribed:  # the world measures a beam only once a client waits for it
            self._subscribed = True
            self._plant.on_change(self._notify_observers)
        return self._observe(on_change)


class VirtualRangeScanner(Linked, RangeScanner):
    """A scanner in a simulated world; it turns while a client reads it."""

    def __init__(
        self,
        name: str,
        model: ScannerModel,
        fields: Mapping[str, Field],
        plant: ScannerPlant,
        link: Link | None = None,
    ) -> None:
        super().__init__(name, model, fields)
        self._plant = plant
        self._link = link or Link()
        self._period = 1.0 / model.frequency.known()
        self._newest: Scan | None = None

    async def _connect(self) -> None:
        await super()._connect()
        self._newest = None

    async def _read(self) -> Scan:
        turn = math.floor(now() / self._period + 1e-6)
        if self._newest is None or self._newest.number != turn:
            half = self.model.field_of_view.known() / 2
            step = self.model.field_of_view.known() / (self.model.beams - 1)
            self._newest = Scan(now(), turn, -half, step, self._plant.ranges())
        return self._newest

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        return Periodic(self._period, on_change).close


class VirtualCamera(Linked, Camera, Locating):
    """A camera in a simulated world that also knows where parts are, as a taught vision system would.

    ``kinds`` are the parts that it was taught; poses are in frame ``world``.
    """

    def __init__(
        self,
        name: str,
        geometry: CameraGeometry,
        pose: Pose,
        kinds: Sequence[str],
        plant: CameraPlant,
        link: Link | None = None,
    ) -> None:
        super().__init__(name)
        self._plant = plant
        self._geometry = geometry
        self._pose = pose
        self._kinds = tuple(kinds)
        self._link = link or Link()

    async def _capture(self) -> CameraImage:
        picture = self._plant.picture()
        colour = np.array(picture.colour, dtype=np.uint8)
        return CameraImage(now(), colour, picture.depth, intrinsics(self._geometry), self._pose)

    async def _locate(self, kind: str) -> list[LocatedPart]:
        if kind not in self._kinds:
            raise CommandRejected(self.name, f"was not taught the part {kind!r}; {near_names(kind, self._kinds)}")
        parts = [LocatedPart(name, pose) for name, pose in self._plant.visible_bodies(kind)]
        if self._geometry.answer_time > 0.0:
            await asyncio.sleep(self._geometry.answer_time)
            self._require_open()
        return parts


def intrinsics(camera: CameraGeometry) -> Array:
    """Return the (3, 3) pinhole matrix in pixels, square pixels, principal point in the middle."""
    focal = camera.width / (2 * math.tan(camera.field_of_view / 2))
    return frozen([[focal, 0, camera.width / 2], [0, focal, camera.height / 2], [0, 0, 1]])
