"""What makes the devices of a simulated cell: a driver package's ``factory``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cellkit.cell.config import WireConfig
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
from cellkit.devices import (
    AnalogIO,
    AnalogSignal,
    Arm,
    Camera,
    CodeReader,
    DigitalIO,
    Field,
    ForceTorqueSensor,
    Machine,
    ParallelGripper,
    ProximitySensor,
    RangeScanner,
    VacuumGripper,
)
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel


@dataclass(frozen=True, slots=True)
class Role:
    """A device's part in its cell: its name, how the wire path reaches it, and the arm that it is on."""

    name: str
    wire: WireConfig = field(default_factory=WireConfig)
    on: str | None = None


class DeviceFactory(Protocol):
    """Devices over the plants of a world, one method per kind. Arms are made first, then signals, then the rest.

    What the devices talk to runs from ``start`` to ``finish``; devices connect in between.
    """

    async def start(self) -> None:
        """Bring up what the devices will connect to."""

    async def finish(self) -> None:
        """Take it down again, whatever state it is in."""

    def silence(self, name: str) -> None:
        """From now on nothing comes from a device that was named when the factory was made."""

    def protective_stop(self, arm: str) -> None:
        """The safety functions of an arm's controller stop it."""

    def kernel(self, arm: str) -> ArmController | None:
        """What pretends to be an arm's controller, to be looked at only; None: it is really there."""

    def arm(self, role: Role, model: ArmModel, plant: ArmPlant) -> Arm:
        """An arm."""

    def jaws(self, role: Role, model: ParallelGripperModel, plant: JawPlant) -> ParallelGripper:
        """A parallel gripper."""

    def suction(self, role: Role, model: VacuumGripperModel, plant: SuctionPlant) -> VacuumGripper:
        """A vacuum gripper."""

    def digital_io(
        self, role: Role, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage
    ) -> DigitalIO:
        """Digital signals by name, each with its terminal; the world's side is the other end of ``image``."""

    def analog_io(
        self, role: Role, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> AnalogIO:
        """Analog signals by name; the world's side is the other end of ``image``."""

    def force_torque(self, role: Role, model: ForceTorqueModel | None, plant: WrenchPlant) -> ForceTorqueSensor:
        """A force/torque sensor."""

    def proximity(self, role: Role, model: DistanceModel | None, plant: ProximityPlant) -> ProximitySensor:
        """A beam sensor."""

    def scanner(
        self, role: Role, model: ScannerModel, fields: Mapping[str, Field], plant: ScannerPlant
    ) -> RangeScanner:
        """A 2D scanner with watched fields."""

    def code_reader(self, role: Role, plant: CodePlant) -> CodeReader:
        """A barcode or text reader."""

    def machine(self, role: Role, plant: MachinePlant) -> Machine:
        """A machine tool."""

    def camera(
        self, role: Role, plant: CameraPlant, geometry: CameraGeometry, pose: Pose, kinds: Sequence[str]
    ) -> Camera:
        """A camera that was taught the parts of some ``kinds``."""
