"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class RobotiqRig(WireRig):
    """Grippers by the URCap's socket, or by Modbus RTU (``protocol``)."""

    driver = "robotiq"
    usual = "2f-85"
