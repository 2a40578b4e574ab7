"""What the driver contract needs to try the driver."""

from __future__ import annotations

from typing_extensions import override

from cellkit.testing.rig import DeviceRig
from cellkit.testing.wire_rig import WireDeviceRig, WireRig


class FrankaRig(WireRig):
    """The ``DriverRig`` of the Franka driver: the arm, and its hand."""

    driver = "franka"
    usual = "fr3"

    @override
    def rig(self, kind: str, model: str | None) -> DeviceRig:
        rig = super().rig(kind, model)
        if kind == "jaws" and isinstance(rig, WireDeviceRig):
            rig.lacks = {"fault": "the hand reports no faults; a refused command has its own test"}
        return rig
