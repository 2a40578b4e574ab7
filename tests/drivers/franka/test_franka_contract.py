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


QUARTER = 0.25
"""Of real time: at 1 kHz both ends in one Python process lose too many cycles when a shared machine stalls, and the
controller's reflex then is right. Bytes, sockets and order are the same."""


@pytest.mark.long
class TestFrankaLoopback(ArmContract):
    driver = "franka"
    speed = QUARTER

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)


@pytest.mark.long
class TestFrankaLoopbackFaults(WireFaults):
    driver = "franka"
    speed = QUARTER

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)
