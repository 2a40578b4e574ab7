"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class WeissRig(WireRig):
    """The gripper by its text interface, or by its binary one (``protocol``)."""

    driver = "weiss"
    usual = "wsg-50"
