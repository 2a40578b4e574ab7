"""The Franka driver under the contract for arms and under the faults of its wire; long: over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_franka.rig import FrankaRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.wire_contract import WireFaults


class TestFrankaContract(ArmContract):
    driver = "franka"


class TestFrankaFaults(WireFaults):
    driver = "franka"


@pytest.mark.long
class TestFrankaLoopback(ArmContract):
    driver = "franka"
    speed = 1.0

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)


@pytest.mark.long
class TestFrankaLoopbackFaults(WireFaults):
    driver = "franka"
    speed = 1.0

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)
