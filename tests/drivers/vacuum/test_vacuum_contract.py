"""The driver contract for vacuum grippers on digital signals."""

from __future__ import annotations

from cellkit.testing.gripper_contract import VacuumGripperContract


class TestSignalVacuum(VacuumGripperContract):
    driver = "vacuum"
