"""The rig of the IO-Link driver for the driver contract."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class IoLinkRig(WireRig):
    """Sensors by either protocol (``protocol``), and signals by the IoT Core."""

    driver = "iolink"
    usual = "ogd592"
