"""The Franka drivers under the contracts for arms and jaws and the faults of the wire; long: over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_franka.rig import FrankaRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.gripper_faults import GripperFaults
from cellkit.testing.kinds.parallel_gripper import ParallelGripperContract
from cellkit.testing.wire_contract import WireFaults
from cellkit.timing import Speed


class TestFrankaContract(ArmContract):
    driver = "franka"


class TestFrankaFaults(WireFaults):
    driver = "franka"


class TestHandContract(ParallelGripperContract):
    driver = "franka"


class TestHandFaults(GripperFaults):
    driver = "franka"


SPEED: Speed = "max"
"""Virtual time, over real sockets: at 1 kHz both ends in one Python process lose cycles whenever a shared machine
stalls, and the controller's reflex then is right. Real time is tried in a process of its own, by the clients' tests."""


@pytest.mark.long
class TestFrankaLoopback(ArmContract):
    driver = "franka"
    speed = SPEED

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)


@pytest.mark.long
class TestFrankaLoopbackFaults(WireFaults):
    driver = "franka"
    speed = SPEED

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)


@pytest.mark.long
class TestHandLoopback(ParallelGripperContract):
    driver = "franka"
    speed = SPEED

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)


@pytest.mark.long
class TestHandLoopbackFaults(GripperFaults):
    driver = "franka"
    speed = SPEED

    def driver_rig(self) -> FrankaRig:
        return FrankaRig(sockets=True)
