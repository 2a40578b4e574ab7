"""The rig for the driver contract: it connects this folder's driver to a virtual robot, and can make the link fail.

An installed package names its rig in ``DriverSpec.rig``; then ``cellkit check-driver NAME`` finds it.
"""

from collections.abc import Sequence

from line_driver import LineArm
from line_robot import LineRobot

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Fault
from cellkit.models.load import load_arm
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.rig import BenchRig, DeviceRig, DriverRig


class LineRig(DriverRig):
    """Offers one kind of device: arms."""

    def offers(self) -> dict[str, Sequence[str]]:
        """Return the models to try it with, the usual one first."""
        return {"arm": ("ur5e",)}

    def rig(self, kind: str, model: str | None) -> DeviceRig:
        """Return a fresh bench."""
        return LineArmRig(kind, load_arm(model or "ur5e"))


class LineArmRig(ArmRig, BenchRig):
    """An arm on a bench, with this folder's driver and robot on it."""

    def make(self) -> LineArm:
        """Make the device under test."""
        (model,) = self.bench.arguments
        self.controller = ArmController("arm", model, self.bench.plant)
        self.robot = LineRobot(self.controller)
        return LineArm("arm", model, self.robot)

    def raise_fault(self) -> Fault:
        """Raise a fault at the robot that can be cleared."""
        fault = Fault("L1", "a drive is too hot")
        self.controller.raise_fault(fault)
        return fault

    def stall(self) -> None:
        """Turn the robot's speed down to nothing."""
        self.controller.set_speed_override(0.0)

    def drop_link(self) -> None:
        """Unplug the robot."""
        self.robot.unplug()

    def restore_link(self) -> None:
        """Plug the robot in again. The device must connect again."""
        self.robot.plugged_in = True
