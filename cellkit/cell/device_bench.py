"""One device on a test bench: what ``cellkit virtual`` serves, and what rigs try drivers on."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.cell.kinds.table import cell_kind
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import World
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class DeviceBench:
    """The virtual device of a wire, and what stands before it.

    ``bench`` has its plant and the arguments of its driver. ``controller`` is an arm's own, where the device is an arm
    or a part of one. Raises ``ConfigError`` for a wire that has no virtual device of its own.
    """

    def __init__(self, wire: WireSpec, model: AnyModel | None, world: World, name: str = "arm") -> None:
        kind = cell_kind(wire.kind)
        self.world = world
        self.bench = kind.bench(model, world, wire)
        self.virtual: VirtualDevice = kind.bench_virtual(self.bench, wire, name)
        self.controller = self.virtual if isinstance(self.virtual, VirtualController) else None

    def switches(self) -> dict[str, Callable[..., object]]:
        """Return what a person at the device can do, by words (see ``VirtualDevice.switches``)."""
        return self.bench.switches | self.virtual.switches()
