"""The driver contract for OnRobot's grippers, in memory and over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_onrobot.rig import OnRobotRig

from cellkit.testing.gripper_faults import GripperFaults
from cellkit.testing.kinds.parallel_gripper import ParallelGripperContract
from cellkit.testing.kinds.vacuum_gripper import VacuumGripperContract
from cellkit.testing.rig import DriverRig


class TestRg2(ParallelGripperContract):
    driver = "onrobot"


class TestRg6(ParallelGripperContract):
    driver = "onrobot"
    model = "rg6"


class TestRg2Faults(GripperFaults):
    driver = "onrobot"


class TestVg10(VacuumGripperContract):
    driver = "onrobot"


class TestVg10Faults(GripperFaults):
    driver = "onrobot"
    kind = "vacuum"


class Loopback:
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return OnRobotRig(sockets=True)


@pytest.mark.long
class TestRg2Loopback(Loopback, ParallelGripperContract):
    pass


@pytest.mark.long
class TestRg2LoopbackFaults(Loopback, GripperFaults):
    pass


@pytest.mark.long
class TestVg10Loopback(Loopback, VacuumGripperContract):
    pass


@pytest.mark.long
class TestVg10LoopbackFaults(Loopback, GripperFaults):
    kind = "vacuum"
