"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class MTConnectRig(WireRig):
    """A machine tool behind an agent."""

    driver = "mtconnect"
