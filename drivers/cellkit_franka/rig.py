"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class FrankaRig(WireRig):
    """The ``DriverRig`` of the Franka driver."""

    driver = "franka"
    usual = "fr3"
