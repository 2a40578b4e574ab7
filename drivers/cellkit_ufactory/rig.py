"""The rig of the UFACTORY driver for the driver contract."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class UfactoryRig(WireRig):
    """A control box of an xArm 6, xArm 7 or Lite 6."""

    driver = "ufactory"
    usual = "xarm6"
    lacks = {
        "stops_without_link": "no manual states that the control box stops when its client disconnects: "
        "the commands in its queue are carried out",
        "wire_break": "an analog input is a voltage: a broken wire reads as one",
    }
