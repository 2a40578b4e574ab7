"""Rigs of devices at an address: a vendor's simulator, a real controller, or a virtual device of another process.

They have no bench, so that only those rules run that are marked ``@rule(safe=True)``: these rules move nothing, stop
nothing, write nothing and change no setting.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from cellkit import registry
from cellkit.cell.kinds.cell_kind import Bench
from cellkit.cell.kinds.table import cell_kind
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices.wired import is_loopback
from cellkit.digits import whole_number
from cellkit.errors import ConfigError
from cellkit.models.load import AnyModel, load_model
from cellkit.registry import WireSpec
from cellkit.testing.contract import chosen_kinds, driver_rig
from cellkit.testing.rig import DeviceRig, DriverRig, rig_of
from cellkit.testing.wire_rig import HOST
from cellkit.transport import SocketNetwork
from cellkit.yamlfile import near_names

NO_BENCH = "the device is at an address, without a bench"
HIGHEST_PORT = 65535


class AddressDeviceRig(DeviceRig):
    """A device by its wire driver, at the address of its settings."""

    def __init__(self, wire: WireSpec, model: AnyModel | None, config: Any) -> None:
        self.wire, self.model, self.config = wire, model, config
        kept = {"start", "finish", "close", "device", "lacks", "is_part_of", "taken_from"}
        switches = {name for name in dir(type(self)) if not name.startswith("_")} | {"bench"}
        self.lacks = dict.fromkeys(switches - kept, NO_BENCH)

    @override
    async def start(self) -> None:
        # Only the arguments of the driver are used: its model, or the names of its signals. The world stays empty.
        world = create_world("kinematic", WorldSettings())
        arguments = cell_kind(self.wire.kind).bench(self.model, world, self.wire).arguments
        world.close()
        make: Any = registry.load_object(self.wire.device)
        self.device = make(self.wire.kind, *arguments, self.config, SocketNetwork())
        # The first rig imports kinematics and driver, for seconds. The loop's clock must catch up with them before a
        # time limit starts, or the limit is over at once.
        await asyncio.sleep(0.1)

    @override
    async def finish(self) -> None:
        await self.close()

    @override
    def drop_link(self) -> None:
        raise NotImplementedError(NO_BENCH)

    @override
    def restore_link(self) -> None:
        raise NotImplementedError(NO_BENCH)


class _Unwired:
    """Takes the place of the virtual controller: the signals of a controller at an address lead to no image."""

    def couple(self, *_: object) -> None:
        """Wire nothing."""

    couple_analog = couple


class AddressPartRig(AddressDeviceRig):
    """A device that is a part of the arm controller at the address, as its own signals are."""

    @override
    async def start(self) -> None:
        await super().start()
        self.arm = self.device
        nowhere: Any = _Unwired()
        self.device = self.taken_from(self.arm, nowhere)
        self.bench = Bench((), None)

    @override
    async def close(self) -> None:
        await super().close()
        await self.arm.close()


class AddressRig(DriverRig):
    """The ``DriverRig`` of a driver's devices at one address; ``ports`` maps endpoints to port numbers or lines."""

    def __init__(self, driver: str, address: str, ports: Mapping[str, str]) -> None:
        self.spec = registry.driver(driver)
        self.address, self.ports = address, ports
        if not self.spec.wires:
            raise ConfigError(f"driver {driver!r} speaks no protocol, so it reaches nothing at an address")

    @override
    def offers(self) -> Mapping[str, Sequence[str]]:
        return driver_rig(self.spec.name).offers()

    def kinds(self, model: str | None) -> list[tuple[str, str | None]]:
        """Return the kinds of devices to check, each with its model: one device, and what is a part of it.

        A driver without models, as of a coupler, is checked with all its kinds: they share one address.
        """
        chosen = chosen_kinds(self.spec.name, model)
        own = [(kind, one) for kind, one in chosen if self.spec.wires_of(kind)]
        first = [own[0]] if own[0][1] is not None else own
        if first[0][0] != "arm":
            return first
        return [*first, *((kind, None) for kind in self.offers() if not self.spec.wires_of(kind))]

    @override
    def rig(self, kind: str, model: str | None) -> DeviceRig:
        part = not self.spec.wires_of(kind)
        reached = "arm" if part else kind
        wire = self._wire(reached)
        models = self.offers()[reached]
        used = (models[0] if part else model) or next(iter(models), None)
        switches: Any = rig_of(kind)
        base = AddressPartRig if part else AddressDeviceRig
        rig_class = type(f"Address{switches.__name__}", (base, switches), {"__doc__": switches.__doc__})
        rig: DeviceRig = rig_class(wire, None if used is None else load_model(used), self._config(wire))
        return rig

    def _wire(self, kind: str) -> WireSpec:
        """Return the first wire of a kind that has all the named endpoints. Raises ``ConfigError``."""
        wires = self.spec.wires_of(kind)
        for wire in wires:
            if set(self.ports) <= set(_endpoints(wire)):
                return wire
        known = [endpoint for wire in wires for endpoint in _endpoints(wire)]
        unknown = next(endpoint for endpoint in self.ports if endpoint not in _endpoints(wires[0]))
        raise ConfigError(
            f"--port {unknown}: driver {self.spec.name!r} has no such endpoint; {near_names(unknown, known)}"
        )

    def _config(self, wire: WireSpec) -> Any:
        fields = _endpoints(wire)
        places: dict[str, Any] = {}
        for endpoint, value in self.ports.items():
            field = fields[endpoint]
            if field.endswith("_line"):
                places[field] = value
            elif port := whole_number(value, HIGHEST_PORT):
                places[field] = port
            else:
                raise ConfigError(f"--port {endpoint}={value}: expected a number from 1 to {HIGHEST_PORT}")
        make: Any = registry.load_object(wire.config)
        return make(host=self.address, local_host=_own_address(self.address), **places)


def read_ports(texts: Sequence[str]) -> dict[str, str]:
    """Return the ports of ``ENDPOINT=N`` options. Raises ``ConfigError``."""
    ports: dict[str, str] = {}
    for text in texts:
        endpoint, separator, value = text.partition("=")
        if not (separator and endpoint and value):
            raise ConfigError(f"--port {text}: expected ENDPOINT=N")
        ports[endpoint] = value
    return ports


def _endpoints(wire: WireSpec) -> dict[str, str]:
    """Return the field of the driver's settings for every endpoint."""
    config: Any = registry.load_object(wire.config)
    return {name.rpartition("_")[0]: name for name in config.model_fields if name.endswith(("_port", "_line"))}


def _own_address(host: str) -> str:
    """Return the address of this machine on the way to a host, for devices that connect to their client."""
    if is_loopback(host):
        return HOST
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect((host, 9))  # only selects the route: a datagram socket sends nothing on connecting
        except OSError:
            return HOST
        own: str = probe.getsockname()[0]
        return own
