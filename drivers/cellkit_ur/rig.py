"""The rig of the driver contract: the arm over its virtual controller."""

from cellkit.testing.wire_rig import WireRig


class UrRig(WireRig):
    """Rig for each model of this driver; the default is the UR5e."""

    driver = "ur"
    usual = "ur5e"
