"""The driver contract for the WSG 50: both languages, in memory and over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_weiss.rig import WeissRig

from cellkit.testing.gripper_faults import GripperFaults
from cellkit.testing.kinds.parallel_gripper import ParallelGripperContract
from cellkit.testing.rig import DriverRig


class Gcl:
    def driver_rig(self) -> DriverRig:
        return WeissRig(protocol="gcl")


class Binary:
    def driver_rig(self) -> DriverRig:
        return WeissRig(protocol="binary")


class TestGcl(Gcl, ParallelGripperContract):
    pass


class TestGclFaults(Gcl, GripperFaults):
    pass


class TestBinary(Binary, ParallelGripperContract):
    pass


class TestBinaryFaults(Binary, GripperFaults):
    pass


@pytest.mark.long
class TestGclLoopback(ParallelGripperContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return WeissRig(protocol="gcl", sockets=True)


@pytest.mark.long
class TestGclLoopbackFaults(GripperFaults):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return WeissRig(protocol="gcl", sockets=True)


@pytest.mark.long
class TestBinaryLoopback(ParallelGripperContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return WeissRig(protocol="binary", sockets=True)


@pytest.mark.long
class TestBinaryLoopbackFaults(GripperFaults):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return WeissRig(protocol="binary", sockets=True)
