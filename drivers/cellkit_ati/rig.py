"""The rig of the ATI driver for the driver contract."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class AtiRig(WireRig):
    """Sensors with a Net Box, and Ethernet Axia ones."""

    driver = "ati"
    usual = "gamma"
