"""The rigs of the reference devices for the driver contract: any kind, any model. The example to copy.

Only the driver contract imports this module; at run time neither it nor ``cellkit.testing`` is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from typing_extensions import override

from cellkit import registry
from cellkit.devices import Device, Fault
from cellkit.models.load import AnyModel, load_model
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.rig import BenchRig, DeviceRig, DriverRig, offered_models, rig_of
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.link import Link

USUAL = ("ur5e", "2f-85", "vacuum")
"""The models that are tested first."""


class ReferenceRig(BenchRig):
    """A reference device, over a line that can be cut."""

    def __init__(self, kind: str, model: AnyModel | None = None) -> None:
        super().__init__(kind, model)
        self.link = Link()

    @override
    def make(self) -> Device:
        return self.device_of(self.kind, *self.bench.arguments, self.bench.plant, self.link)

    def device_of(self, *arguments: Any) -> Device:
        """Make the device under test; the tests of the contract replace it by broken devices."""
        device: Device = registry.load_object(registry.kind(self.kind).reference)(*arguments)
        return device

    @override
    def drop_link(self) -> None:
        self.link.drop()

    @override
    def restore_link(self) -> None:
        self.link.restore()

    @override
    def fall_silent(self) -> None:
        self.device.stalled = True


class VirtualArmRig(ArmRig, ReferenceRig):
    """The rig of the reference arm, whose switches are those of its kernel."""

    device: VirtualArm

    @override
    async def start(self) -> None:
        await super().start()
        self.controller = self.device.controller

    @override
    def raise_fault(self) -> Fault:
        fault = Fault("V042", "a drive is too hot")
        self.controller.raise_fault(fault)
        return fault

    @override
    def stall(self) -> None:
        self.controller.set_speed_override(0.0)


@cache
def reference_rig(kind: str) -> type[ReferenceRig]:
    """Return the rig class of the reference device of a kind."""
    switches: Any = rig_of(kind)
    if issubclass(VirtualArmRig, switches):
        return VirtualArmRig
    return type(f"Virtual{switches.__name__}", (switches, ReferenceRig), {"__doc__": switches.__doc__})


class VirtualRig(DriverRig):
    """The ``DriverRig`` of the reference driver: it drives any kind and any model."""

    @override
    def offers(self) -> dict[str, Sequence[str]]:
        return {kind: sorted(offered_models(kind), key=lambda one: one not in USUAL) for kind in registry.kinds()}

    @override
    def rig(self, kind: str, model: str | None) -> DeviceRig:
        chosen = model or next(iter(self.offers()[kind]), None)
        return reference_rig(kind)(kind, None if chosen is None else load_model(chosen))
