"""What the driver contract needs to try the driver."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class SickRig(WireRig):
    """Scanners over CoLa A, or over CoLa B (``protocol``)."""

    driver = "sick"
    usual = "tim571"
