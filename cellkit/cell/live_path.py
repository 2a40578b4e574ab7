"""The live path: every device by its vendor's own driver, over real sockets, at the address in its settings.

cellkit simulates nothing here. An address may be that of hardware, of ``cellkit virtual``, or of another cell.
"""

from __future__ import annotations

import socket
from typing import Any

from typing_extensions import override

from cellkit import registry
from cellkit.cell.driver_selection import located
from cellkit.cell.factory import DeviceRequest
from cellkit.cell.vendor_devices import VendorDevices
from cellkit.devices.wired import DriverConfig
from cellkit.errors import ConfigError
from cellkit.registry import WireSpec
from cellkit.transport import Network, SocketNetwork

_ANY_PORT = 9  # no datagram is sent to it


class LiveDevices(VendorDevices):
    """A ``DeviceFactory`` for real devices; it does not use the plants of the world."""

    def __init__(self, network: Network | None = None) -> None:
        super().__init__()
        self._network = network or SocketNetwork()
        self._configs: dict[str, DriverConfig] = {}

    @override
    async def start(self) -> None:
        """Do nothing: the devices are running already."""

    @override
    async def finish(self) -> None:
        pass

    @override
    def silence(self, name: str) -> None:
        """Raise ``ConfigError``: cellkit cannot make a real device fail."""
        raise ConfigError(f"{name} is a real device: cellkit cannot silence it")

    @override
    def protective_stop(self, arm: str) -> None:
        """Raise ``ConfigError``: cellkit does not control the safety functions of a real arm."""
        raise ConfigError(f"{arm} is a real arm: cellkit cannot trigger its protective stop")

    @override
    def kernel(self, arm: str) -> None:
        pass

    @override
    def _device(self, request: DeviceRequest, wire: WireSpec) -> Any:
        role = request.role
        carrier = None if role.on is None else self._configs.get(role.on)
        config = self._configs[role.name] = facing(located(wire, role.wire, carrier))
        return registry.load_object(wire.device)(role.name, *request.arguments, config, self._network)


def facing(config: DriverConfig) -> DriverConfig:
    """Return the settings with this computer's address on the network of the device, unless they have it already."""
    if config.far is None or "local_host" in config.model_fields_set:
        return config
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((config.host, _ANY_PORT))  # sends nothing: the system only looks up the route
            return config.model_copy(update={"local_host": probe.getsockname()[0]})
    except OSError:
        return config  # no route, or a serial line: connecting will raise the error
