"""The wire path: the vendor's driver of every device speaks the vendor's protocol to a virtual device, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from typing_extensions import override

from cellkit import registry
from cellkit.cell.driver_selection import require_virtual, settings_of, simulated
from cellkit.cell.factory import DeviceFactory, DeviceRequest, Role
from cellkit.cell.kinds.table import cell_kind
from cellkit.cell.kinds.wire_error import WireError
from cellkit.cell.vendor_devices import VendorDevices
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.devices import AnalogSignal, Device
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec
from cellkit.transport import FaultyNetwork, LinkFaults, MemoryNetwork, Network


class WireDevices(VendorDevices):
    """A ``DeviceFactory`` for vendors' drivers with virtual devices; ``others`` makes devices of kinds without a wire.

    The lines of the roles in ``silenceable`` can be silenced.
    """

    def __init__(
        self, others: DeviceFactory, network: Network | None = None, silenceable: Collection[str] = ()
    ) -> None:
        super().__init__()
        self._others = others
        self._network = network or MemoryNetwork(shared=True)
        self._lines = {name: LinkFaults() for name in silenceable}
        self._controllers: dict[str, VirtualController] = {}
        self._hosts: dict[str, str] = {}
        self._mounted: dict[str, str] = {}
        self._started: list[tuple[VirtualDevice, str]] = []

    def controller(self, arm: str) -> VirtualController:
        """Return the virtual controller of an arm."""
        return self._controllers[arm]

    def line(self, name: str) -> LinkFaults:
        """Return the switches of the line to a device in ``silenceable``."""
        return self._lines[name]

    @override
    async def start(self) -> None:
        await self._others.start()
        for device, host in self._started:
            lines = {name: _line(name, host) for name, end in device.ENDPOINTS.items() if end.transport == "serial"}
            await device.start(self._network, host, pc_host=host, lines=lines)

    @override
    async def finish(self) -> None:
        for device, _ in self._started:
            await device.stop()
        await self._others.finish()

    @override
    def silence(self, name: str) -> None:
        self._lines[name].silent = True

    @override
    def protective_stop(self, arm: str) -> None:
        self._controllers[arm].protective_stop()

    @override
    def kernel(self, arm: str) -> ArmController:
        return self._controllers[arm].kernel

    @override
    def make(self, request: DeviceRequest) -> Device:
        wired = cell_kind(request.kind).wired_in_simulation
        return super().make(request) if wired else self._others.make(request)

    # --- hooks ------------------------------------------------------------------------------------------------

    @override
    def _device(self, request: DeviceRequest, wire: WireSpec) -> Any:
        """Make a driver and, at the other end of its line, the virtual device, with the same arguments."""
        require_virtual(wire)
        role, arguments = request.role, request.arguments
        if wire.virtual is None:  # a part of the arm's own controller
            assert role.on is not None
            if role.on in self._mounted:
                first = self._mounted[role.on]
                raise WireError(f"the controller of {role.on!r} drives one gripper only, which is {first!r}")
            self._mounted[role.on] = role.name
            carrier = self._controllers[role.on]
            carrier.mount(request.plant)
            return self._driver(role, wire, self._hosts[role.on], carrier, arguments)
        virtual = cell_kind(request.kind).virtual(wire, role.name, arguments, request.plant)
        if isinstance(virtual, VirtualController):
            self._controllers[role.name] = virtual
        # Every device has its own loopback address, as in the network of a real cell.
        host = self._hosts[role.name] = f"127.0.0.{2 + len(self._started)}"
        self._started.append((virtual, host))
        return self._driver(role, wire, host, virtual, arguments)

    def _driver(self, role: Role, wire: WireSpec, host: str, virtual: VirtualDevice, arguments: tuple[Any, ...]) -> Any:
        lines = {name: _line(name, host) for name, end in virtual.ENDPOINTS.items() if end.transport == "serial"}
        config = simulated(settings_of(wire, role.wire), host, lines)
        faults = self._lines.get(role.name)
        network = self._network if faults is None else FaultyNetwork(self._network, faults)
        return registry.load_object(wire.device)(role.name, *arguments, config, network)

    @override
    def _couple(self, arm: str, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage) -> None:
        self._controllers[arm].couple(image, inputs, outputs)

    @override
    def _couple_analog(
        self, arm: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> None:
        self._controllers[arm].couple_analog(image, inputs, outputs)

    @override
    def circuit(self, wire: WireSpec, model: AnyModel, plant: object, image: IoImage, config: Any) -> None:
        assert wire.virtual is not None
        registry.load_object(wire.virtual)(model, plant, image, config)


def _line(endpoint: str, host: str) -> str:
    return f"{endpoint}@{host}"
