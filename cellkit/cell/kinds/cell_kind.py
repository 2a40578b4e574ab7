"""The base class of the kinds of devices in a cell: section of the cell file, plant, and making of devices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from cellkit import registry
from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.cell.kinds.surroundings import Building, VendorLines
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import World
from cellkit.devices import Device
from cellkit.errors import ConfigError
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec
from cellkit.yamlfile import Document

if TYPE_CHECKING:
    from cellkit.cell.config import CellFile  # which loads every kind

SectionT = TypeVar("SectionT", bound=DeviceSection)

ARMS, SIGNALS, OTHERS = 0, 1, 2
"""The order in which devices are made: arms, which carry others; signals, to which others are wired; the rest."""


@dataclass
class Bench:
    """The parts of a device bench for one kind of device, without a cell.

    ``arguments``: the arguments of driver and virtual device, in this order. ``plant``: the object that the device
    measures or moves. ``switches``: the actions of a person at the device, by name.
    """

    arguments: tuple[Any, ...]
    plant: Any
    switches: dict[str, Callable[..., object]] = field(default_factory=dict)


SENSOR_FAULTS = ("silent", *(fault.value for fault in SensorFault))
"""The faults of a device that measures: of its line, and of the sensor itself."""


class CellKind(ABC, Generic[SectionT]):
    """A kind of device in a cell. One instance is used for all cells, so it has no state."""

    section: ClassVar[type[DeviceSection]]
    """The section of the cell file."""
    order: ClassVar[int] = OTHERS
    has_body: ClassVar[bool] = True
    """Whether the role is the name of an object in the world, which must be unique."""
    wired_in_simulation: ClassVar[bool] = True
    """Whether the wire path uses a vendor's protocol; otherwise it uses the reference device."""
    faults: ClassVar[tuple[str, ...]] = ()
    """The faults that a scenario may plan for a device with a line of its own, by their words in the scenario file."""
    needs_model_by_wire: ClassVar[bool] = False
    """Whether the wire path needs a model, which is optional in the section."""

    def check(self, role: str, section: SectionT, cell: CellFile, document: Document) -> None:
        """Check the section against the rest of the cell file. Raises ``ConfigError``."""

    def has_own_line(self, section: SectionT) -> bool:
        """Return whether the device has a line of its own; False: the controller of its arm reaches it."""
        return True

    @abstractmethod
    def request(self, building: Building, role: Role, section: SectionT) -> DeviceRequest:
        """Add the device's plant to the world and return the request for a factory. Raises ``ConfigError``."""

    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> Any:
        """Return a plant that fails as ``faults`` commands. Raises ``ConfigError`` for a kind without sensor faults."""
        raise ConfigError("a device of this kind has no sensor faults")

    def connect(self, devices: VendorLines, request: DeviceRequest) -> Device:
        """Make a device with its vendor's driver. Raises ``WireError``."""
        device: Device = devices.wired(request)
        return device

    def virtual(self, wire: WireSpec, name: str, arguments: tuple[Any, ...], plant: Any) -> VirtualDevice:
        """Make the virtual device that speaks a protocol and measures or moves ``plant``; it is not started yet."""
        assert wire.virtual is not None
        device: VirtualDevice = registry.load_object(wire.virtual)(*arguments, plant)
        return device

    @abstractmethod
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        """Make a device bench in an empty world; ``wire`` is the protocol of the device, None: it is not on a wire."""

    def bench_virtual(self, bench: Bench, wire: WireSpec, name: str) -> VirtualDevice:
        """Make the virtual device of a bench. Raises ``ConfigError`` for a wire without a virtual device of its own."""
        if wire.virtual is None:
            raise ConfigError(f"protocol {wire.protocol!r} has no virtual device of its own")
        return self.virtual(wire, name, bench.arguments, bench.plant)
