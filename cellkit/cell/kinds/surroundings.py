"""The parts of a cell that a kind of device can use while its devices are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.fields import Placement
from cellkit.controller.plants.camera import CameraPlant
from cellkit.controller.plants.machine_tool import MachineTool
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.world import ArmPlants, CameraGeometry, World
from cellkit.devices import AnalogSignal, Arm, Device, DigitalIO, OwnSignals, Workpiece
from cellkit.devices.wired import DriverConfig
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


@dataclass(frozen=True, slots=True)
class PlacedCamera:
    """A camera in the world; ``pose`` in frame ``world``: z forward, x right, y down."""

    plant: CameraPlant
    geometry: CameraGeometry
    pose: Pose


class Building(Protocol):
    """A cell whose devices are being made: its world, its layout, and the plants that exist already, by role."""

    world: World
    plants: dict[str, ArmPlants]
    images: dict[str, IoImage]
    analog_images: dict[str, AnalogImage]
    machines: dict[str, MachineTool]
    chucks: dict[str, Pose | None]
    cameras: dict[str, PlacedCamera]

    @property
    def workpieces(self) -> Mapping[str, Workpiece]:
        """The kinds of parts in the cell, by name."""

    def model(self, role: str) -> AnyModel | None:
        """Return the model of a role's device; the model of a gripper includes its mounting."""

    def frame(self, role: str) -> Pose:
        """Return the base of an arm, in frame ``world``."""

    def pose(self, role: str, placement: Placement, key: str = "pose") -> Pose:
        """Return a placement of a device's section in frame ``world``. Raises ``ConfigError`` with its line."""

    def place(self, name: str) -> Pose:
        """Return the first pose of a place, in frame ``world``."""

    def structure(self, name: str) -> Pose:
        """Return the pose of a structure, in frame ``world``."""

    def grippers_on(self, arm: str) -> tuple[str, ...]:
        """Return the roles of the grippers on an arm, in the order of the file."""

    def error(self, role: str, message: str, *at: str | int) -> ConfigError:
        """Return an error with the line of a key in a device's section."""

    def fallible(self, role: str, plant: Any) -> Any:
        """Return ``plant``, or a plant that can fail if the run plans a fault of this device."""


class VendorLines(Protocol):
    """The devices of a cell by their vendors' drivers, for use by a kind of device."""

    arms: dict[str, Arm]
    signals: dict[str, tuple[DigitalIO, IoImage]]

    def wired(self, request: DeviceRequest) -> Any:
        """Make a device with the driver and protocol that its section selects. Raises ``WireError``."""

    def wire_of(self, request: DeviceRequest) -> WireSpec:
        """Return the protocol that a device's section selects. Raises ``WireError``."""

    def settings_of(self, wire: WireSpec, role: Role) -> DriverConfig:
        """Return a driver's settings. Raises ``WireError`` for a wrong setting."""

    def own_signals(self, arm: str) -> OwnSignals:
        """Return the arm as ``OwnSignals``. Raises ``WireError`` if its driver cannot reach such signals."""

    def own_digital(
        self,
        role: Role,
        name: str,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        image: IoImage,
        at: tuple[str, ...],
    ) -> DigitalIO:
        """Make digital signals of the controller of the arm that ``role`` is on. Raises ``WireError``."""

    def own_analog(
        self,
        role: Role,
        inputs: Mapping[str, AnalogSignal],
        outputs: Mapping[str, AnalogSignal],
        image: AnalogImage,
    ) -> Device:
        """Make analog signals of the controller of the arm that ``role`` is on. Raises ``WireError``."""

    def circuit(self, wire: WireSpec, model: AnyModel, plant: Any, image: IoImage, config: Any) -> None:
        """Connect a device that is wired to digital signals to the world."""
