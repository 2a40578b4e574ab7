"""What the driver contract needs to try the driver."""

from cellkit.testing.wire_rig import WireRig


class AcmeScaleRig(WireRig):
    """Scales over their virtual device."""

    driver = "acme_scale"
