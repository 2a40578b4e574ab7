"""Makes the reference devices of a cell over the plants of its world (the direct path)."""

from __future__ import annotations

from typing_extensions import override

from cellkit import registry
from cellkit.cell.factory import DeviceFactory, DeviceRequest
from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Device
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.link import Link


class VirtualDevices(DeviceFactory):
    """A ``DeviceFactory``: makes the device that the row of each kind names as ``reference``."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._controllers: dict[str, ArmController] = {}

    @override
    async def start(self) -> None:
        """Do nothing: the controllers are in the devices."""

    @override
    async def finish(self) -> None:
        """Do nothing: the devices have been closed."""

    @override
    def silence(self, name: str) -> None:
        self._links[name].drop("no answer from it: the line is silent")

    @override
    def protective_stop(self, arm: str) -> None:
        self._controllers[arm].protective_stop()

    @override
    def kernel(self, arm: str) -> ArmController:
        return self._controllers[arm]

    @override
    def make(self, request: DeviceRequest) -> Device:
        name = request.role.name
        link = self._links.setdefault(name, Link())
        make = registry.load_object(registry.kind(request.kind).reference)
        device: Device = make(name, *request.arguments, request.plant, link)
        if isinstance(device, VirtualArm):
            self._controllers[name] = device.controller
        return device
