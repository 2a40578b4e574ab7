"""Makes the devices of a planned cell: each kind adds its plant to the world, the factory makes the device for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellkit.cell.factory import DeviceFactory, Role
from cellkit.cell.kinds.fields import Placement
from cellkit.cell.kinds.surroundings import PlacedCamera
from cellkit.cell.kinds.table import cell_kind
from cellkit.cell.kinds.wire_error import WireError
from cellkit.cell.plan import CellPlan
from cellkit.controller.plants.machine_tool import MachineTool
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import ArmPlants, World
from cellkit.devices import Device, Workpiece
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.load import AnyModel


class DeviceBuilder:
    """A builder of the devices of one cell, used once. ``faults``: switches of the sensors that can fail, by role."""

    def __init__(
        self, plan: CellPlan, world: World, factory: DeviceFactory, faults: Mapping[str, SensorFaults]
    ) -> None:
        self._plan = plan
        self._factory = factory
        self._faults = faults
        self.world = world
        self.plants: dict[str, ArmPlants] = {}
        self.images: dict[str, IoImage] = {}
        self.analog_images: dict[str, AnalogImage] = {}
        self.machines: dict[str, MachineTool] = {}
        self.chucks: dict[str, Pose | None] = {}
        self.cameras: dict[str, PlacedCamera] = {}
        self.by_role: dict[str, Any] = {}
        """The plant of every device."""

    def build(self) -> dict[str, Device]:
        """Make all devices and return them by role, in the order of the file. Raises ``ConfigError`` with the line."""
        devices = self._plan.file.devices
        kinds = {role: cell_kind(self._plan.kind(role).name) for role in devices}
        made: dict[str, Device] = {}
        for role in sorted(devices, key=lambda name: kinds[name].order):
            section = devices[role]
            try:
                request = kinds[role].request(
                    self, Role(role, self._plan.wires[role], getattr(section, "on", None)), section
                )
                self.by_role[role] = request.plant
                made[role] = self._factory.make(request)
            except WireError as error:
                raise self._plan.document.error(error.message, ("devices", role, *error.at)) from None
            except ConfigError as error:
                if error.file is not None:
                    raise
                raise self._plan.document.error(error.message, ("devices", role)) from None
        return {role: made[role] for role in devices}

    # --- for the kinds (``Building``) -----------------------------------------------------------------------------

    @property
    def workpieces(self) -> Mapping[str, Workpiece]:
        """The kinds of parts in the cell, by name."""
        return self._plan.workpieces

    def model(self, role: str) -> AnyModel | None:
        """Return the model of a role's device; the model of a gripper includes its mounting."""
        return self._plan.model(role)

    def frame(self, role: str) -> Pose:
        """Return the base of an arm, in frame ``world``."""
        return self._plan.layout.frame(role)

    def pose(self, role: str, placement: Placement, key: str = "pose") -> Pose:
        """Return a placement of a device's section in frame ``world``. Raises ``ConfigError`` with its line."""
        return self._plan.layout.pose(placement, ("devices", role, key))

    def place(self, name: str) -> Pose:
        """Return the first pose of a place, in frame ``world``."""
        return self._plan.layout.places(name)[0]

    def structure(self, name: str) -> Pose:
        """Return the pose of a structure, in frame ``world``."""
        return self._plan.layout.pose(self._plan.file.structures[name], ("structures", name))

    def grippers_on(self, arm: str) -> tuple[str, ...]:
        """Return the roles of the grippers on an arm, in the order of the file."""
        return self._plan.grippers_on(arm)

    def error(self, role: str, message: str, *at: str | int) -> ConfigError:
        """Return an error with the line of a key in a device's section."""
        return self._plan.document.error(message, ("devices", role, *at))

    def fallible(self, role: str, plant: Any) -> Any:
        """Return ``plant``, or a plant that can fail if the run plans a fault of this device."""
        if role not in self._faults:
            return plant
        return cell_kind(self._plan.kind(role).name).faulty(plant, self._faults[role], self._plan.model(role))
