"""Robot and gripper models as data. The files live with the drivers; this package knows their shape."""

from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel

__all__ = ["ArmModel", "ParallelGripperModel", "VacuumGripperModel"]
