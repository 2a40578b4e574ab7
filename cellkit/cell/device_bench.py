"""A device bench: one virtual device without a cell, for ``cellkit virtual`` and for the rigs that test drivers."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.cell.kinds.table import cell_kind
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import World
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class DeviceBench:
    """The virtual device of a wire, and the plant that it measures or moves.

    ``bench`` has the plant and the arguments of the driver. ``controller`` is the controller of an arm, if the device
    is an arm or a part of it. Raises ``ConfigError`` for a wire without a virtual device of its own.
    """

    def __init__(self, wire: WireSpec, model: AnyModel | None, world: World, name: str = "arm") -> None:
        kind = cell_kind(wire.kind)
        self.world = world
        self.bench = kind.bench(model, world, wire)
        self.virtual: VirtualDevice = kind.bench_virtual(self.bench, wire, name)
        self.controller = self.virtual if isinstance(self.virtual, VirtualController) else None

    def switches(self) -> dict[str, Callable[..., object]]:
        """Return the switches at the device, by name (as in ``VirtualDevice.switches``)."""
        return self.bench.switches | self.virtual.switches()
