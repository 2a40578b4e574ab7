"""The rig of the Yaskawa driver for the driver contract."""

from cellkit.testing.wire_rig import WireRig


class YaskawaRig(WireRig):
    """GP7 and HC10 behind a virtual controller with the High-Speed Ethernet Server."""

    driver = "yaskawa"
    usual = "gp7"
    lacks = {
        "stops_without_link": "the server speaks single datagrams and knows no connection: a motion that was accepted "
        "is carried out to its end, whichever client asked for it"
    }
