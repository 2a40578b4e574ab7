"""The rig with which the driver contract tests the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class ModbusRig(WireRig):
    """The rig of a coupler's digital and analog signals."""

    driver = "modbus"
