"""The wire path: every arm of a cell behind its maker's own bytes, spoken to a virtual controller, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit import registry
from cellkit.cell.factory import DeviceFactory
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.io_image import IoImage
from cellkit.controller.plant import ArmPlant, CameraPlant, JawPlant, ProximityPlant, SuctionPlant, WrenchPlant
from cellkit.controller.virtual_controller import VirtualController
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
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.registry import DriverSpec
from cellkit.transport import MemoryNetwork, Network


class WireDevices:
    """A ``DeviceFactory``: arms by their maker's driver and virtual controller, everything else by ``others``."""

    def __init__(self, others: DeviceFactory, network: Network | None = None) -> None:
        self._others = others
        self._network = network or MemoryNetwork()
        self.controllers: list[VirtualController] = []

    async def start(self) -> None:
        """See ``DeviceFactory``."""
        await self._others.start()
        for number, controller in enumerate(self.controllers):
            await controller.start(self._network, _host(number))

    async def finish(self) -> None:
        """See ``DeviceFactory``."""
        for controller in self.controllers:
            await controller.stop()
        await self._others.finish()

    def arm(self, name: str, model: ArmModel, plant: ArmPlant) -> Arm:
        """An arm of a model whose package has a wire driver. Raises ``ConfigError`` for another."""
        spec = wire_driver(model)
        host = _host(len(self.controllers))
        self.controllers.append(virtual_controller(spec, name, model, plant))
        assert spec.arm is not None
        assert spec.config is not None
        config = registry.load_object(spec.config)(host=host)
        arm: Arm = registry.load_object(spec.arm)(name, model, config, self._network)
        return arm

    def jaws(self, name: str, model: ParallelGripperModel, plant: JawPlant) -> ParallelGripper:
        """See ``DeviceFactory``."""
        return self._others.jaws(name, model, plant)

    def suction(self, name: str, model: VacuumGripperModel, plant: SuctionPlant) -> VacuumGripper:
        """See ``DeviceFactory``."""
        return self._others.suction(name, model, plant)

    def digital_io(self, name: str, inputs: Sequence[str], outputs: Sequence[str], image: IoImage) -> DigitalIO:
        """See ``DeviceFactory``."""
        return self._others.digital_io(name, inputs, outputs, image)

    def force_torque(self, name: str, plant: WrenchPlant) -> ForceTorqueSensor:
        """See ``DeviceFactory``."""
        return self._others.force_torque(name, plant)

    def proximity(self, name: str, plant: ProximityPlant) -> ProximitySensor:
        """See ``DeviceFactory``."""
        return self._others.proximity(name, plant)

    def camera(
        self, name: str, plant: CameraPlant, geometry: CameraGeometry, pose: Pose, kinds: Sequence[str]
    ) -> Camera:
        """See ``DeviceFactory``."""
        return self._others.camera(name, plant, geometry, pose, kinds)


def _host(number: int) -> str:
    """Every controller has a loopback address of its own, as on a machine's network."""
    return f"127.0.0.{2 + number}"


def wire_driver(model: ArmModel) -> DriverSpec:
    """The driver of a model's maker. Raises ``ConfigError`` when there is none for the wire path."""
    spec = registry.driver_of_model(model.id)
    if spec is None:
        why = "it is a model of your own, and no installed driver says that it drives it"
    elif spec.arm is None or spec.virtual is None:
        why = f"cellkit has models of {model.maker.name}, and no wire driver yet"
    else:
        return spec
    raise ConfigError(f"no wire path for {model.id}: {why}; --path direct needs none")


def virtual_controller(spec: DriverSpec, name: str, model: ArmModel, plant: ArmPlant) -> VirtualController:
    """The virtual controller of a driver's maker over a plant, not started yet."""
    assert spec.virtual is not None
    controller: VirtualController = registry.load_object(spec.virtual)(ArmController(name, model, plant))
    return controller
