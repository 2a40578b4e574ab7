"""The driver contract for vacuum grippers on digital signals."""

from __future__ import annotations

from cellkit.testing.kinds.vacuum_gripper import VacuumGripperContract


class TestSignalVacuum(VacuumGripperContract):
    driver = "vacuum"
