"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class IoLinkRig(WireRig):
    """Sensors by either protocol (``protocol``), and signals by the IoT Core."""

    driver = "iolink"
    usual = "ogd592"
