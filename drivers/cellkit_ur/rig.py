"""The driver contract's rig: the arm over its virtual controller."""

from cellkit.testing.wire_rig import WireRig


class UrRig(WireRig):
    """Any of the models here; the UR5e is the usual one."""

    driver = "ur"
    usual = "ur5e"
