"""What makes the devices of a cell: a driver package's ``factory``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from cellkit.cell.kinds.fields import WireConfig
from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Device
from cellkit.models.load import AnyModel


@dataclass(frozen=True, slots=True)
class Role:
    """A device's part in its cell: its name, how the wire path reaches it, and the arm that it is on."""

    name: str
    wire: WireConfig = field(default_factory=WireConfig)
    on: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """A device that is to be made.

    ``arguments``: what a driver of its ``kind`` is given after its name, in this order. ``plant``: what the device
    measures or moves in the world; a real device has its own.
    """

    role: Role
    kind: str
    arguments: tuple[Any, ...]
    plant: Any
    model: AnyModel | None = None


class DeviceFactory(Protocol):
    """Makes devices over the plants of a world. Arms are made first, then signals, then the rest.

    What the devices connect to runs from ``start`` to ``finish``; devices connect in between.
    """

    async def start(self) -> None:
        """Start what the devices will connect to."""

    async def finish(self) -> None:
        """Stop it again, whatever state it is in."""

    def silence(self, name: str) -> None:
        """Let nothing come any more from a device that was named when the factory was made."""

    def protective_stop(self, arm: str) -> None:
        """Let the safety functions of an arm's controller stop it."""

    def kernel(self, arm: str) -> ArmController | None:
        """Return the simulated controller of an arm, for observers only; None: the controller is real."""

    def make(self, request: DeviceRequest) -> Device:
        """Make a device of any kind. Raises ``ConfigError``."""
