"""What a kind of device does in a cell: its section of the cell file, its plant, and how its devices are made."""

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
"""The order in which devices are made: what carries others comes first, what others hang on second."""


@dataclass
class Bench:
    """A device of one kind on a test bench, without a cell around it.

    ``arguments``: what driver and virtual device are given, in this order. ``plant``: what stands before the device.
    ``switches``: what a person at the device can do, by words.
    """

    arguments: tuple[Any, ...]
    plant: Any
    switches: dict[str, Callable[..., object]] = field(default_factory=dict)


SENSOR_FAULTS = ("silent", *(fault.value for fault in SensorFault))
"""The faults of a device that measures: of its line, and of the sensor itself."""


class CellKind(ABC, Generic[SectionT]):
    """A kind of device in a cell. One instance serves all cells, so it has no state."""

    section: ClassVar[type[DeviceSection]]
    """Section of the cell file."""
    order: ClassVar[int] = OTHERS
    has_body: ClassVar[bool] = True
    """Whether its role is the name of something in the world, which nothing else may have."""
    wired_in_simulation: ClassVar[bool] = True
    """Whether the wire path speaks a vendor's protocol to it; otherwise the reference device is used there."""
    needs_model_by_wire: ClassVar[bool] = False
    """Whether the wire path cannot do without a model, which the section leaves optional."""

    def check(self, role: str, section: SectionT, cell: CellFile, document: Document) -> None:
        """Raise ``ConfigError`` for what does not fit the rest of the cell file."""

    def has_own_line(self, section: SectionT) -> bool:
        """Return whether a line of its own reaches the device; False: its arm's controller does."""
        return True

    def faults(self, section: SectionT) -> tuple[str, ...]:
        """Return the faults that a scenario may plan for the device, by their words in the scenario file."""
        return ()

    @abstractmethod
    def request(self, building: Building, role: Role, section: SectionT) -> DeviceRequest:
        """Add the device's plant to the world and return what a factory needs. Raises ``ConfigError``."""

    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> Any:
        """Return a plant that obeys the switch ``faults``. Raises ``ConfigError`` for a kind without such faults."""
        raise ConfigError("a device of this kind has no sensor faults")

    def connect(self, devices: VendorLines, request: DeviceRequest) -> Device:
        """Make a device by its vendor's driver. Raises ``WireError``."""
        device: Device = devices.wired(request)
        return device

    def virtual(self, wire: WireSpec, name: str, arguments: tuple[Any, ...], plant: Any) -> VirtualDevice:
        """Make the virtual device that speaks a protocol, over ``plant``; it is not started yet."""
        assert wire.virtual is not None
        device: VirtualDevice = registry.load_object(wire.virtual)(*arguments, plant)
        return device

    @abstractmethod
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        """Make a test bench in an empty world; ``wire``: how the device on it is reached, if by wire."""

    def bench_virtual(self, bench: Bench, wire: WireSpec, name: str) -> VirtualDevice:
        """Make the virtual device of a bench. Raises ``ConfigError`` for a wire without one of its own."""
        if wire.virtual is None:
            raise ConfigError(f"protocol {wire.protocol!r} has no virtual device of its own")
        return self.virtual(wire, name, bench.arguments, bench.plant)
