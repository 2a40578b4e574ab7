"""Where a hand really is, whatever its arm's controller says: for processes that judge."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.cell.config import GripperDevice
from cellkit.geometry import Pose
from cellkit.motion.kinematics import ArmKinematics


def tool_pose(built: BuiltCell, hand: str) -> Pose:
    """The tool centre point of the gripper in role ``hand``, in frame ``world``, from the arm's true joints."""
    device = built.plan.file.devices[hand]
    assert isinstance(device, GripperDevice)
    joints = built.plants[device.on].arm.state().position
    flange = ArmKinematics(built.plan.arms[device.on]).forward(joints)
    return Pose.trusted(built.plan.layout.frame(device.on).matrix @ flange @ built.cell.tool(hand).tcp.matrix, "world")
