"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class FanucRig(WireRig):
    """Over the virtual controller, in memory or on loopback sockets."""

    driver = "fanuc"
    usual = "crx-10ia"
    lacks = {
        "stops_without_link": "a queued line is carried out to its end: RMI has no sign of life",
        "wire_break": "RMI reports no broken wire: an analog port counts what its module measures",
    }
