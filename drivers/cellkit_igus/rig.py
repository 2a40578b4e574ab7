"""The rig of the igus driver for the driver contract."""

from cellkit.testing.wire_rig import WireRig


class IgusRig(WireRig):
    """Arms over the virtual controller, in memory or on loopback sockets."""

    driver = "igus"
    usual = "rebel"
    lacks = {
        "blending": "CRI's motion commands have no blending: every straight motion ends at rest",
        "prompt_signals": "the controller reports its signals in its status, ten times a second",
    }
