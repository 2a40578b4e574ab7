"""Kinematics, trajectories and Cartesian paths of serial arms.

This package is cheap to import: the compiled solver is loaded with the first :class:`ArmKinematics`.
"""

from cellkit.motion.blending import blend
from cellkit.motion.cartesian import PathTrajectory, Sequence, plan_cartesian, plan_paths
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.path import Arc, Line, Path
from cellkit.motion.supervision import violations
from cellkit.motion.time_law import PathLimits
from cellkit.motion.trajectory import Hold, JointTrajectory, Trajectory, plan_joint, plan_stop

__all__ = [
    "Arc",
    "ArmKinematics",
    "Hold",
    "JointTrajectory",
    "Line",
    "Path",
    "PathLimits",
    "PathTrajectory",
    "Sequence",
    "Trajectory",
    "blend",
    "plan_cartesian",
    "plan_joint",
    "plan_paths",
    "plan_stop",
    "violations",
]
