"""The live path: every device by its vendor's own driver, over real sockets, where its settings say that it is.

Nothing is pretended. Behind an address may be hardware, ``cellkit virtual``, or another cell.
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

_ANY_PORT = 9  # nothing is sent to it


class LiveDevices(VendorDevices):
    """A ``DeviceFactory`` for devices that are really there; the plants of the world are left alone."""

    def __init__(self, network: Network | None = None) -> None:
        super().__init__()
        self._network = network or SocketNetwork()
        self._configs: dict[str, DriverConfig] = {}

    @override
    async def start(self) -> None:
        """Whatever the devices connect to is running already."""

    @override
    async def finish(self) -> None:
        pass

    @override
    def silence(self, name: str) -> None:
        """Raises ``ConfigError``: nobody can make a real device fail."""
        raise ConfigError(f"{name} is really there and cannot be made to fall silent")

    @override
    def protective_stop(self, arm: str) -> None:
        """Raises ``ConfigError``: cellkit has no part in a real one's safety functions."""
        raise ConfigError(f"{arm} is really there: its safety functions are its own")

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
    """The settings with this machine's address on the network of the device, unless they name it."""
    if config.far is None or "local_host" in config.model_fields_set:
        return config
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((config.host, _ANY_PORT))  # sends nothing: the system only looks up the way
            return config.model_copy(update={"local_host": probe.getsockname()[0]})
    except OSError:
        return config  # no way there, or a serial line; connecting will tell
