"""What makes the devices of a simulated cell: a driver package's ``factory``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cellkit.controller.io_image import IoImage
from cellkit.controller.plant import ArmPlant, CameraPlant, JawPlant, ProximityPlant, SuctionPlant, WrenchPlant
from cellkit.controller.world import CameraGeometry
from cellkit.devices import (
    Arm,
    Camera,
    DigitalIO,
    ForceTorqueSensor,
    ParallelGripper,
    ProximitySensor,
    VacuumGripper,
)
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel


class DeviceFactory(Protocol):
    """Devices over the plants of a world, one method per kind.

    What the devices talk to runs from ``start`` to ``finish``; devices connect in between.
    """

    async def start(self) -> None:
        """Bring up what the devices will connect to."""

    async def finish(self) -> None:
        """Take it down again, whatever state it is in."""

    def arm(self, name: str, model: ArmModel, plant: ArmPlant) -> Arm:
        """An arm."""

    def jaws(self, name: str, model: ParallelGripperModel, plant: JawPlant) -> ParallelGripper:
        """A parallel gripper."""

    def suction(self, name: str, model: VacuumGripperModel, plant: SuctionPlant) -> VacuumGripper:
        """A vacuum gripper."""

    def digital_io(self, name: str, inputs: Sequence[str], outputs: Sequence[str], image: IoImage) -> DigitalIO:
        """Digital signals; the world's side of them is the other end of ``image``."""

    def force_torque(self, name: str, plant: WrenchPlant) -> ForceTorqueSensor:
        """A force/torque sensor."""

    def proximity(self, name: str, plant: ProximityPlant) -> ProximitySensor:
        """A beam sensor."""

    def camera(
        self, name: str, plant: CameraPlant, geometry: CameraGeometry, pose: Pose, kinds: Sequence[str]
    ) -> Camera:
        """A camera that was taught the parts of some ``kinds``."""
