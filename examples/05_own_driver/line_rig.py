"""The rig for the driver contract: it connects this folder's driver to a virtual robot, and can make the link fail.

An installed package names its rig in ``DriverSpec.rig``; then ``cellkit check-driver NAME`` finds it.
"""

from collections.abc import Sequence

from cellkit_virtual.rig import VirtualArmRig
from line_driver import LineArm
from line_robot import LineRobot

from cellkit.controller.arm_controller import ArmController
from cellkit.testing.rig import DeviceRig, Kind


class LineRig:
    """The rig of a driver for one kind of device: arms."""

    def offers(self) -> dict[Kind, Sequence[str]]:
        """Return the models to test the driver with, the usual one first."""
        return {Kind.ARM: ("ur5e",)}

    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        """Return a new rig for one device."""
        return LineArmRig(model or "ur5e")


class LineArmRig(VirtualArmRig):
    """The rig of the reference arm, with this folder's driver and robot."""

    def make(self, controller: ArmController) -> LineArm:  # type: ignore[override]
        """Return the device under test."""
        self.robot = LineRobot(controller)
        return LineArm("arm", controller.model, self.robot)

    def drop_link(self) -> None:
        """Unplug the robot."""
        self.robot.unplug()

    def restore_link(self) -> None:
        """Plug the robot in again. The device must connect again."""
        self.robot.plugged_in = True
