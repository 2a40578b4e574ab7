"""Makes the reference devices of a cell over the plants of its world (the direct path)."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.io_image import IoImage
from cellkit.controller.plant import ArmPlant, CameraPlant, JawPlant, ProximityPlant, SuctionPlant, WrenchPlant
from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.grippers import VirtualParallelGripper, VirtualVacuumGripper
from cellkit_virtual.sensors import (
    VirtualCamera,
    VirtualDigitalIO,
    VirtualForceTorqueSensor,
    VirtualProximitySensor,
)


class VirtualDevices:
    """A ``DeviceFactory`` (see ``cellkit.cell.factory``)."""

    async def start(self) -> None:
        """Nothing: the controllers are in the devices."""

    async def finish(self) -> None:
        """Nothing either."""

    def arm(self, name: str, model: ArmModel, plant: ArmPlant) -> VirtualArm:
        """An arm of any model."""
        return VirtualArm(name, ArmController(name, model, plant))

    def jaws(self, name: str, model: ParallelGripperModel, plant: JawPlant) -> VirtualParallelGripper:
        """A parallel gripper of any model."""
        return VirtualParallelGripper(name, model, plant)

    def suction(self, name: str, model: VacuumGripperModel, plant: SuctionPlant) -> VirtualVacuumGripper:
        """A vacuum gripper of any model."""
        return VirtualVacuumGripper(name, model, plant)

    def digital_io(self, name: str, inputs: Sequence[str], outputs: Sequence[str], image: IoImage) -> VirtualDigitalIO:
        """Digital signals."""
        return VirtualDigitalIO(name, inputs, outputs, image)

    def force_torque(self, name: str, plant: WrenchPlant) -> VirtualForceTorqueSensor:
        """A force/torque sensor."""
        return VirtualForceTorqueSensor(name, plant)

    def proximity(self, name: str, plant: ProximityPlant) -> VirtualProximitySensor:
        """A beam sensor."""
        return VirtualProximitySensor(name, plant)

    def camera(
        self, name: str, plant: CameraPlant, geometry: CameraGeometry, pose: Pose, kinds: Sequence[str]
    ) -> VirtualCamera:
        """A camera that was taught some kinds of parts."""
        return VirtualCamera(name, plant, geometry, pose, kinds)
