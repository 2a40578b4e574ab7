"""The rig of ABB arms for the driver contract."""

from __future__ import annotations

from cellkit.testing.wire_rig import WireRig


class AbbRig(WireRig):
    """Arms over virtual IRC5 and OmniCore controllers."""

    driver = "abb"
    usual = "irb-120"
    lacks = {
        "fill_buffer": "EGM takes one reference a cycle; there is no buffer for motions that could be full",
        "wire_break": "Robot Web Services do not report a broken wire; a signal has the value that its unit measures",
    }
