"""The driver contract for ATI's sensors: a Net Box and an Axia, in memory and over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_ati.rig import AtiRig

from cellkit.testing.kinds.force_torque import ForceTorqueContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig


class TestNetBox(ForceTorqueContract, LinkFaultRules):
    driver = "ati"


class TestAxia(ForceTorqueContract, LinkFaultRules):
    driver = "ati"
    model = "axia80-m20"


@pytest.mark.long
class TestNetBoxLoopback(ForceTorqueContract, LinkFaultRules):
    driver = "ati"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return AtiRig(sockets=True)
