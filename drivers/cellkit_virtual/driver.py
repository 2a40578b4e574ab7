"""Makes the reference devices of a cell over the plants of its world (the direct path)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from cellkit.cell.factory import DeviceFactory, Role
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plant import (
    ArmPlant,
    CameraPlant,
    CodePlant,
    JawPlant,
    MachinePlant,
    ProximityPlant,
    ScannerPlant,
    SuctionPlant,
    WrenchPlant,
)
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.world import CameraGeometry
from cellkit.devices import AnalogSignal, Field
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.grippers import VirtualParallelGripper, VirtualVacuumGripper
from cellkit_virtual.link import Link
from cellkit_virtual.machines import VirtualCodeReader, VirtualMachine
from cellkit_virtual.sensors import (
    VirtualCamera,
    VirtualForceTorqueSensor,
    VirtualProximitySensor,
    VirtualRangeScanner,
)
from cellkit_virtual.signals import VirtualAnalogIO, VirtualDigitalIO


class VirtualDevices(DeviceFactory):
    """A ``DeviceFactory`` (see ``cellkit.cell.factory``)."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._controllers: dict[str, ArmController] = {}

    async def start(self) -> None:
        """Nothing: the controllers are in the devices."""

    async def finish(self) -> None:
        """Nothing either."""

    @override
    def silence(self, name: str) -> None:
        self._links[name].drop("no word from it: the line is silent")

    @override
    def protective_stop(self, arm: str) -> None:
        self._controllers[arm].protective_stop()

    @override
    def kernel(self, arm: str) -> ArmController:
        return self._controllers[arm]

    def _link(self, role: Role) -> Link:
        return self._links.setdefault(role.name, Link())

    def arm(self, role: Role, model: ArmModel, plant: ArmPlant) -> VirtualArm:
        """An arm of any model."""
        controller = self._controllers[role.name] = ArmController(role.name, model, plant)
        return VirtualArm(role.name, controller, self._link(role))

    def jaws(self, role: Role, model: ParallelGripperModel, plant: JawPlant) -> VirtualParallelGripper:
        """A parallel gripper of any model."""
        return VirtualParallelGripper(role.name, model, plant, self._link(role))

    def suction(self, role: Role, model: VacuumGripperModel, plant: SuctionPlant) -> VirtualVacuumGripper:
        """A vacuum gripper of any model."""
        return VirtualVacuumGripper(role.name, model, plant, self._link(role))

    def digital_io(
        self, role: Role, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage
    ) -> VirtualDigitalIO:
        """Digital signals; terminals mean nothing here."""
        return VirtualDigitalIO(role.name, tuple(inputs), tuple(outputs), image, self._link(role))

    def analog_io(
        self, role: Role, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> VirtualAnalogIO:
        """Analog signals; terminals mean nothing here."""
        return VirtualAnalogIO(role.name, inputs, outputs, image, self._link(role))

    def force_torque(self, role: Role, model: ForceTorqueModel | None, plant: WrenchPlant) -> VirtualForceTorqueSensor:
        """A force/torque sensor."""
        return VirtualForceTorqueSensor(role.name, model, plant, self._link(role))

    def proximity(self, role: Role, model: DistanceModel | None, plant: ProximityPlant) -> VirtualProximitySensor:
        """A beam sensor."""
        return VirtualProximitySensor(role.name, plant, self._link(role))

    def scanner(
        self, role: Role, model: ScannerModel, fields: Mapping[str, Field], plant: ScannerPlant
    ) -> VirtualRangeScanner:
        """A 2D scanner."""
        return VirtualRangeScanner(role.name, model, fields, plant, self._link(role))

    def code_reader(self, role: Role, plant: CodePlant) -> VirtualCodeReader:
        """A code reader."""
        return VirtualCodeReader(role.name, plant, self._link(role))

    def machine(self, role: Role, plant: MachinePlant) -> VirtualMachine:
        """A machine tool."""
        return VirtualMachine(role.name, plant, self._link(role))

    def camera(
        self, role: Role, plant: CameraPlant, geometry: CameraGeometry, pose: Pose, kinds: Sequence[str]
    ) -> VirtualCamera:
        """A camera that was taught some kinds of parts."""
        return VirtualCamera(role.name, plant, geometry, pose, kinds, self._link(role))
