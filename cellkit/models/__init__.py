"""Robot and gripper models as data.

The files are shipped with the drivers; this package defines their shape.
"""

from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel

__all__ = ["ArmModel", "ParallelGripperModel", "VacuumGripperModel"]
