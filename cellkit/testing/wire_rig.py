"""The rigs of any wire driver: its devices connected to virtual devices, in memory or over loopback sockets.

A driver's ``rig.py`` defines a subclass with two attributes::

    class AcmeRig(WireRig):
        driver = "acme"
        usual = "acme-7"
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from typing_extensions import override

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.controller.world import WorldSettings, create_world
from cellkit.errors import DriverNotFound
from cellkit.models.load import AnyModel, load_model
from cellkit.registry import DriverSpec, WireSpec
from cellkit.testing.rig import DeviceRig, DriverRig, offered_models, rig_of
from cellkit.transport import FaultyNetwork, LinkFaults, MemoryNetwork, Network, SocketNetwork
from cellkit.yamlfile import near_names

HOST = "127.0.0.1"


class WireDeviceRig(DeviceRig):
    """A device behind its wire driver. ``faults`` are the switches of the line; ``virtual`` has those of the device."""

    def __init__(
        self, spec: DriverSpec, wire: WireSpec, model: AnyModel | None, lacks: Mapping[str, str], sockets: bool
    ) -> None:
        self.lacks = lacks
        self.spec, self.wire, self.model = spec, wire, model
        self.faults = LinkFaults()
        self.sockets = sockets
        self.network: Network = SocketNetwork() if sockets else MemoryNetwork()
        self.world = create_world("kinematic", WorldSettings())

    @override
    async def start(self) -> None:
        self.device_bench = DeviceBench(self.wire, self.model, self.world)
        self.bench = self.device_bench.bench
        self.virtual: Any = self.device_bench.virtual
        self.controller = self.virtual
        if isinstance(self.virtual, VirtualController):
            self.kernel = self.virtual.kernel
        await self._serve(self.virtual)
        network = FaultyNetwork(self.network, self.faults)
        self.device = registry.load_object(self.wire.device)(
            self.wire.kind, *self.bench.arguments, self._config(), network
        )

    async def _serve(self, virtual: VirtualDevice) -> None:
        ends = {name: end for name, end in virtual.ENDPOINTS.items() if end.transport != "serial"}
        self.chosen = {name: _port(end) for name, end in ends.items()} if self.sockets else {}
        await virtual.start(self.network, HOST, self.chosen)

    def _config(self) -> Any:
        fields = registry.load_object(self.wire.config).model_fields  # type: ignore[attr-defined]
        places: dict[str, Any] = {f"{name}_port": self.virtual.ports[name] for name in self.chosen}
        places |= {f"{name}_line": path for name, path in self.virtual.lines.items()}
        known = {name: place for name, place in places.items() if name in fields}
        return registry.load_object(self.wire.config)(host=HOST, **known)

    @override
    async def finish(self) -> None:
        await self.virtual.stop()
        self.world.close()

    @override
    def drop_link(self) -> None:
        self.faults.drop()

    @override
    def restore_link(self) -> None:
        self.faults.restore()

    @override
    def fall_silent(self) -> None:
        self.faults.silent = True


class ArmPartRig(WireDeviceRig):
    """A device that is a part of an arm's own controller, such as its signals."""

    @override
    async def start(self) -> None:
        await super().start()
        self.arm = self.device
        self.device = self.taken_from(self.arm, self.virtual)

    @override
    async def close(self) -> None:
        await super().close()
        await self.arm.close()

    @override
    async def finish(self) -> None:
        await self.arm.close()
        await super().finish()


@cache
def wire_rig(kind: str, base: type[WireDeviceRig] = WireDeviceRig) -> type[WireDeviceRig]:
    """Return the rig class of a kind, with the connection of ``base``."""
    switches: Any = rig_of(kind)
    return type(f"Wire{switches.__name__}", (switches, base), {"__doc__": switches.__doc__})


class WireRig(DriverRig):
    """The ``DriverRig`` of a wire driver: every kind of device in its package, with every model that ships there.

    ``protocol``: a protocol of the driver other than the usual one.
    """

    driver: ClassVar[str]
    usual: ClassVar[str] = ""
    """The model that is tested first."""
    lacks: ClassVar[Mapping[str, str]] = {}
    """Switches without a counterpart in the vendor's protocol, each with the reason."""

    def __init__(self, *, sockets: bool = False, protocol: str | None = None) -> None:
        self.sockets = sockets
        self.protocol = protocol

    @override
    def offers(self) -> Mapping[str, Sequence[str]]:
        models: dict[str, Sequence[str]] = {}
        for kind in dict.fromkeys(wire.kind for wire in self._wires()):
            models[kind] = sorted(self._models(kind), key=lambda model: model != self.usual)
        arm = self._arm()
        if arm is not None:
            device: Any = registry.load_object(arm.device)
            models |= {kind: () for kind in registry.kinds() if kind not in models and rig_of(kind).is_part_of(device)}
        return models

    def _wires(self) -> list[WireSpec]:
        wires = registry.driver(self.driver).wires
        return [wire for wire in wires if self.protocol in (None, wire.protocol)]

    def _arm(self) -> WireSpec | None:
        return next((wire for wire in self._wires() if wire.kind == "arm"), None)

    def _models(self, kind: str) -> list[str]:
        specs = {model: registry.driver_of_model(model) for model in offered_models(kind)}
        return [model for model, spec in specs.items() if spec is not None and spec.name == self.driver]

    @override
    def rig(self, kind: str, model: str | None) -> DeviceRig:
        offers = self.offers()
        known = offers.get(kind, ())
        if kind not in offers or (model is not None and model not in known):
            raise DriverNotFound(
                f"driver {self.driver!r} has no {kind} {model or ''}; {near_names(model or '', known)}"
            )
        spec = registry.driver(self.driver)
        wire = next((wire for wire in self._wires() if wire.kind == kind), None)
        if wire is not None:
            chosen = model or next(iter(known), None)
            loaded = None if chosen is None else load_model(chosen)
            return wire_rig(kind)(spec, wire, loaded, self.lacks, self.sockets)
        arm = self._arm()
        assert arm is not None
        return wire_rig(kind, ArmPartRig)(spec, arm, load_model(offers["arm"][0]), self.lacks, self.sockets)


def _port(endpoint: Endpoint) -> int:
    """Return 0 for any free port; a free port's number where the robot sends first, so that the driver must know it."""
    if not endpoint.outgoing:
        return 0
    kind = socket.SOCK_STREAM if endpoint.transport == "tcp" else socket.SOCK_DGRAM
    with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
