"""The driver contract for Robotiq's grippers: both protocols, in memory and over sockets and pseudo-terminals."""

from __future__ import annotations

import pytest
from cellkit_robotiq.rig import RobotiqRig

from cellkit.testing.gripper_faults import GripperFaults
from cellkit.testing.kinds.parallel_gripper import ParallelGripperContract
from cellkit.testing.rig import DriverRig


class Urcap:
    def driver_rig(self) -> DriverRig:
        return RobotiqRig(protocol="urcap")


class Rtu:
    def driver_rig(self) -> DriverRig:
        return RobotiqRig(protocol="modbus-rtu")


class TestUrcap(Urcap, ParallelGripperContract):
    pass


class TestUrcap140(Urcap, ParallelGripperContract):
    model = "2f-140"


class TestUrcapFaults(Urcap, GripperFaults):
    pass


class TestRtu(Rtu, ParallelGripperContract):
    pass


class TestRtuFaults(Rtu, GripperFaults):
    pass


@pytest.mark.long
class TestUrcapLoopback(ParallelGripperContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return RobotiqRig(protocol="urcap", sockets=True)


@pytest.mark.long
class TestRtuTerminal(ParallelGripperContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return RobotiqRig(protocol="modbus-rtu", sockets=True)


@pytest.mark.long
class TestRtuTerminalFaults(GripperFaults):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return RobotiqRig(protocol="modbus-rtu", sockets=True)
