"""The protocol of device factories: a driver package's ``factory`` makes the devices of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from cellkit.cell.kinds.fields import WireConfig
from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Device
from cellkit.models.load import AnyModel


@dataclass(frozen=True, slots=True)
class Role:
    """The role of a device in its cell: its name, its wire, and the arm that carries it."""

    name: str
    wire: WireConfig = field(default_factory=WireConfig)
    on: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """The request to make a device.

    ``arguments``: the arguments of a driver of this ``kind`` after the name, in this order. ``plant``: the object in
    the world that the device measures or moves; a real device has its own.
    """

    role: Role
    kind: str
    arguments: tuple[Any, ...]
    plant: Any
    model: AnyModel | None = None


class DeviceFactory(Protocol):
    """A factory of devices for the plants of a world. It makes arms first, then signals, then the rest.

    The servers to which the devices connect run from ``start`` to ``finish``; devices connect in between.
    """

    async def start(self) -> None:
        """Start the servers to which the devices will connect."""

    async def finish(self) -> None:
        """Stop these servers, in any state."""

    def silence(self, name: str) -> None:
        """Silence the line of a device that was named when the factory was made."""

    def protective_stop(self, arm: str) -> None:
        """Trigger a protective stop in the controller of an arm."""

    def kernel(self, arm: str) -> ArmController | None:
        """Return the simulated controller of an arm, for observers only; None: the controller is real."""

    def make(self, request: DeviceRequest) -> Device:
        """Make a device of any kind. Raises ``ConfigError``."""
