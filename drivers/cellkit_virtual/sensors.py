"""The reference sensors and I/O, over a world's plants and a controller's I/O image."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from cellkit.controller.io_image import IoImage
from cellkit.controller.plant import CameraPlant, ProximityPlant, WrenchPlant
from cellkit.controller.world import CameraGeometry
from cellkit.devices import (
    Camera,
    CameraImage,
    DigitalIO,
    ForceTorqueSensor,
    LocatedPart,
    Locating,
    ProximitySensor,
    WrenchReading,
)
from cellkit.errors import CommandRejected
from cellkit.geometry import Array, Pose, frozen
from cellkit.timing import now
from cellkit.yamlfile import near_names
from cellkit_virtual.link import Link


class VirtualDigitalIO(DigitalIO):
    """Signals of an I/O image; the other side of the image is the simulated station."""

    def __init__(
        self, name: str, inputs: Sequence[str], outputs: Sequence[str], image: IoImage, link: Link | None = None
    ) -> None:
        super().__init__(name, inputs, outputs)
        self._image = image
        self._link = link or Link()

    async def _connect(self) -> None:
        self._link.open(self.name, self._link_lost)

    async def _close(self) -> None:
        self._link.close()

    async def _read(self, signal: str) -> bool:
        return self._image[signal]

    async def _write(self, signal: str, value: bool) -> None:
        self._image[signal] = value

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._image.watch(signal, on_change)


class VirtualForceTorqueSensor(ForceTorqueSensor):
    """A force/torque sensor between a simulated flange and its tool."""

    def __init__(self, name: str, plant: WrenchPlant, link: Link | None = None) -> None:
        super().__init__(name)
        self._plant = plant
        self._link = link or Link()

    async def _connect(self) -> None:
        self._link.open(self.name, self._link_lost)

    async def _close(self) -> None:
        self._link.close()

    async def _read(self) -> WrenchReading:
        return WrenchReading(now(), self._plant.wrench())


class VirtualProximitySensor(ProximitySensor):
    """A beam in a simulated world."""

    def __init__(self, name: str, plant: ProximityPlant, link: Link | None = None) -> None:
        super().__init__(name)
        self._plant = plant
        self._link = link or Link()
        self._watchers: list[Callable[[], None]] = []
        self._subscribed = False

    async def _connect(self) -> None:
        self._link.open(self.name, self._link_lost)

    async def _close(self) -> None:
        self._link.close()

    async def _distance(self) -> float | None:
        return self._plant.distance()

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        if not self._subscribed:  # the world watches a beam only once somebody waits for it
            self._subscribed = True
            self._plant.on_change(self._changed)
        self._watchers.append(on_change)
        return lambda: self._watchers.remove(on_change)

    def _changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()


class VirtualCamera(Camera, Locating):
    """A camera in a simulated world that also knows where parts lie, as a taught vision system would.

    ``kinds`` are the parts it was taught; poses are reported in frame ``world``.
    """

    def __init__(
        self,
        name: str,
        plant: CameraPlant,
        geometry: CameraGeometry,
        pose: Pose,
        kinds: Sequence[str],
        link: Link | None = None,
    ) -> None:
        super().__init__(name)
        self._plant = plant
        self._geometry = geometry
        self._pose = pose
        self._kinds = tuple(kinds)
        self._link = link or Link()

    async def _connect(self) -> None:
        self._link.open(self.name, self._link_lost)

    async def _close(self) -> None:
        self._link.close()

    async def _capture(self) -> CameraImage:
        picture = self._plant.picture()
        colour = np.array(picture.colour, dtype=np.uint8)
        return CameraImage(now(), colour, picture.depth, intrinsics(self._geometry), self._pose)

    async def locate(self, kind: str) -> list[LocatedPart]:
        """See ``Locating``."""
        self._require_open()
        if kind not in self._kinds:
            raise CommandRejected(self.name, f"was not taught the part {kind!r}; {near_names(kind, self._kinds)}")
        return [LocatedPart(name, pose) for name, pose in self._plant.visible_bodies(kind)]


def intrinsics(camera: CameraGeometry) -> Array:
    """(3, 3) pinhole matrix in pixels, square pixels, principal point in the middle."""
    focal = camera.width / (2 * math.tan(camera.field_of_view / 2))
    return frozen([[focal, 0, camera.width / 2], [0, focal, camera.height / 2], [0, 0, 1]])
