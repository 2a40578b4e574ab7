"""The driver contract over the virtual controller: in memory and virtual time, and over sockets in real time."""

from __future__ import annotations

import pytest
from cellkit_fanuc.rig import FanucRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults


class TestFanucContract(ArmContract):
    driver = "fanuc"


class TestFanucLrMateContract(ArmContract):
    driver = "fanuc"
    model = "lrmate-200id"


class TestFanucFaults(WireFaults):
    driver = "fanuc"


@pytest.mark.long
class TestFanucLoopback(ArmContract):
    driver = "fanuc"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return FanucRig(sockets=True)


@pytest.mark.long
class TestFanucLoopbackFaults(WireFaults):
    driver = "fanuc"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return FanucRig(sockets=True)
