"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class OnRobotRig(WireRig):
    """RG2, RG6 and VG10 behind a Compute Box."""

    driver = "onrobot"
    usual = "rg2"
    lacks = {
        "fault": "tripped safety circuits are the only faults of RG2 and RG6, and by default a person clears them by "
        "switching the power off; VG10 tells of no faults at all (test_onrobot_safety.py tries all that)",
    }
