"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class ModbusRig(WireRig):
    """Digital and analog signals of a coupler."""

    driver = "modbus"
