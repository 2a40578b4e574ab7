"""The rig of the KUKA driver for the driver contract."""

from cellkit.testing.wire_rig import WireRig


class KukaRig(WireRig):
    """Arms over the virtual controller, in memory or on loopback sockets."""

    driver = "kuka"
    usual = "kr6-r900"
    lacks = {
        "fill_buffer": "RSI takes set-points one by one: the controller has no buffer of motions",
        "wire_break": "$ANIN is a voltage: a broken wire reads as one",
    }
