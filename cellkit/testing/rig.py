"""The classes with which a driver package makes its devices testable: one device on a test bench per rig.

A package names one class in ``DriverSpec.rig`` ("module:Class"), a :class:`DriverRig`. For every single test the suite
requests a new rig of one kind: one device that was never connected, on a bench, with switches for its failures. Each
kind of device adds its own switches (``cellkit.testing.kinds``). Everything is made and called inside a running event
loop, on the cell's clock.

Values of a rig about the mechanics (``true_…``) are measured at the plant, never read from the driver: a driver's
report that an arm is at rest is no evidence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

from typing_extensions import override

from cellkit import registry
from cellkit.cell.kinds.cell_kind import Bench
from cellkit.cell.kinds.table import cell_kind
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.world import World, WorldSettings, create_world
from cellkit.devices import Arm, Device
from cellkit.models.load import AnyModel, load_model, model_ids


class DeviceRig(ABC):
    """One device that was never connected, on a bench, and the line to it."""

    device: Any
    """The device under test, from ``start()`` on; always the same one."""

    bench: Bench
    """The plant or world before the device, from ``start()`` on."""

    world_name: ClassVar[str] = "kinematic"
    """The world of the bench."""

    lacks: Mapping[str, str] = {}
    """Switches of this rig without a counterpart at the vendor's controller, each with the reason.

    Tests that need one are skipped with that reason. Use it sparingly: a rule that is skipped is not verified.
    """

    @abstractmethod
    async def start(self) -> None:
        """Start the virtual device; the device under test stays unconnected. Called once, first."""

    @abstractmethod
    async def finish(self) -> None:
        """Take everything down in any state, and leave no task behind. Called once, last."""

    @abstractmethod
    def drop_link(self) -> None:
        """Cut the line between device and controller, now."""

    @abstractmethod
    def restore_link(self) -> None:
        """Restore the line; the device has to connect anew."""

    def fall_silent(self) -> None:
        """Drop all bytes from the device from now on, while the line stays open."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the device, and the arm whose controller it is a part of."""
        await self.device.close()

    @classmethod
    def is_part_of(cls, arm: type[Arm]) -> bool:
        """Return whether the controller of an arm has devices of this kind itself, such as its own signals."""
        return False

    def taken_from(self, arm: Arm, controller: VirtualController) -> Device:
        """Return the device that is a part of an arm's controller, and make its bench."""
        raise NotImplementedError


class BenchRig(DeviceRig):
    """A device over the plant of its bench, without a network between them. ``make`` returns the device."""

    def __init__(self, kind: str, model: AnyModel | None) -> None:
        self.kind, self.model = kind, model
        self.world: World = create_world(self.world_name, WorldSettings())

    @override
    async def start(self) -> None:
        self.bench = cell_kind(self.kind).bench(self.model, self.world)
        self.device = self.make()

    @abstractmethod
    def make(self) -> Device:
        """Make the device under test over ``self.bench``."""

    @override
    async def finish(self) -> None:
        self.world.close()


@runtime_checkable
class DriverRig(Protocol):
    """The class that ``DriverSpec.rig`` names: made without arguments, it offers one rig per test."""

    def offers(self) -> Mapping[str, Sequence[str]]:
        """Return kinds of devices, each with the ids of the models it can be tested with, the usual one first.

        A kind without models has no ids.
        """

    def rig(self, kind: str, model: str | None) -> DeviceRig:
        """Return a fresh rig of an offered kind; ``model`` is an id or a model file's path, None: the usual one."""


def rig_of(kind: str) -> type[DeviceRig]:
    """Return the rig class of a kind: its switches, without a connection to the device."""
    rig: Any = registry.load_object(registry.kind(kind).rig)
    return rig  # type: ignore[no-any-return]


def offered_models(kind: str) -> list[str]:
    """Return the ids of all shipped models that describe devices of a kind, in alphabetical order."""
    row = registry.kind(kind)
    if row.schema is None or row.model is None:
        return []
    wanted = registry.load_object(row.model)
    return [name for name in model_ids(row.schema) if type(load_model(name)) is wanted]
