"""The rig of any wire driver: its arm over its maker's virtual controller, in memory or over loopback sockets.

A driver's ``rig.py`` is a subclass with two names::

    class AcmeRig(WireRig):
        driver = "acme"
        usual = "acme-7"
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping, Sequence
from typing import ClassVar

from cellkit import registry
from cellkit.controller.plant import ArmPlant
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.controller.world import WorldSettings
from cellkit.devices import Arm, Fault, OperationalMode
from cellkit.errors import DriverNotFound
from cellkit.geometry import Array, Pose
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm, model_ids
from cellkit.testing.rig import DeviceRig, Kind
from cellkit.transport import FaultyNetwork, LinkFaults, MemoryNetwork, Network, SocketNetwork
from cellkit.yamlfile import near_names

MOUNT = Pose.from_rpy((0.0, 0.0, 1.0), frame="world")
HOST = "127.0.0.1"


class WireArmRig:
    """The ``ArmRig`` of a wire driver. ``faults`` are the switches of the line, ``virtual`` has the controller's."""

    device: Arm
    virtual: VirtualController

    def __init__(self, driver: str, model: ArmModel, lacks: Mapping[str, str], sockets: bool) -> None:
        self.lacks = lacks
        self.model = model
        self.faults = LinkFaults()
        self.spec = registry.driver(driver)
        self.sockets = sockets
        self.network: Network = SocketNetwork() if sockets else MemoryNetwork()
        self.world = registry.world("kinematic").create(WorldSettings())

    async def start(self) -> None:
        """See ``DeviceRig``."""
        from cellkit.cell.wire import virtual_controller

        assert self.spec.arm is not None
        assert self.spec.config is not None
        self.plant: ArmPlant = self.world.add_arm("arm", self.model, MOUNT).arm
        self.virtual = virtual_controller(self.spec, "arm", self.model, self.plant)
        self.kernel = self.virtual.kernel
        ports = {name: _port(end) for name, end in self.virtual.ENDPOINTS.items()} if self.sockets else {}
        await self.virtual.start(self.network, HOST, ports)
        chosen = {f"{name}_port": self.virtual.ports[name] for name in ports}
        config = registry.load_object(self.spec.config)(host=HOST, **chosen)
        network = FaultyNetwork(self.network, self.faults)
        self.device = registry.load_object(self.spec.arm)("arm", self.model, config, network)

    async def finish(self) -> None:
        """See ``DeviceRig``."""
        await self.virtual.stop()
        self.world.close()

    def drop_link(self) -> None:
        """See ``DeviceRig``."""
        self.faults.drop()

    def restore_link(self) -> None:
        """See ``DeviceRig``."""
        self.faults.restore()

    def true_joints(self) -> Array:
        """See ``ArmRig``."""
        return self.plant.state().position

    def protective_stop(self) -> None:
        """See ``ArmRig``."""
        self.virtual.protective_stop()

    def press_emergency_stop(self) -> None:
        """See ``ArmRig``."""
        self.virtual.press_emergency_stop()

    def release_emergency_stop(self) -> None:
        """See ``ArmRig``."""
        self.virtual.release_emergency_stop()

    def raise_fault(self) -> Fault:
        """See ``ArmRig``."""
        return self.virtual.example_fault()

    async def set_mode(self, mode: OperationalMode) -> None:
        """See ``ArmRig``."""
        await self.virtual.set_mode(mode)

    def stall(self) -> None:
        """See ``ArmRig``."""
        self.virtual.stall()


class WireRig:
    """The ``DriverRig`` of a wire driver: every arm model that ships in its package."""

    driver: ClassVar[str]
    usual: ClassVar[str]
    lacks: ClassVar[Mapping[str, str]] = {}
    """Switches that the maker's protocol has no counterpart for, each with why."""

    def __init__(self, *, sockets: bool = False) -> None:
        self.sockets = sockets

    def offers(self) -> Mapping[Kind, Sequence[str]]:
        """See ``DriverRig``."""
        models = [one for one in model_ids("arm") if self._drives(one)]
        return {Kind.ARM: [self.usual, *(one for one in models if one != self.usual)]}

    def _drives(self, model: str) -> bool:
        spec = registry.driver_of_model(model)
        return spec is not None and spec.name == self.driver

    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        """See ``DriverRig``."""
        chosen = model or self.usual
        known = self.offers()[Kind.ARM]
        if kind is not Kind.ARM or chosen not in known:
            raise DriverNotFound(f"driver {self.driver!r} has no {kind.value} {chosen!r}; {near_names(chosen, known)}")
        return WireArmRig(self.driver, load_arm(chosen), self.lacks, self.sockets)


def _port(endpoint: Endpoint) -> int:
    """Any free port; where the robot sends first, the driver will open it, so its number must be known before."""
    if not endpoint.outgoing:
        return 0
    kind = socket.SOCK_STREAM if endpoint.transport == "tcp" else socket.SOCK_DGRAM
    with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
