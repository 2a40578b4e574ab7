"""What the driver contract needs to try the driver of this folder: a robot on a bench, and ways to make things fail.

An installed package names its rig in ``DriverSpec.rig``; then ``cellkit check-driver NAME`` finds it.
"""

from collections.abc import Sequence

from cellkit_virtual.rig import VirtualArmRig
from line_driver import LineArm
from line_robot import LineRobot

from cellkit.controller.arm_controller import ArmController
from cellkit.testing.rig import DeviceRig, Kind


class LineRig:
    """Offers one kind of device: arms."""

    def offers(self) -> dict[Kind, Sequence[str]]:
        """The models to try it with, the usual one first."""
        return {Kind.ARM: ("ur5e",)}

    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        """A fresh bench."""
        return LineArmRig(model or "ur5e")


class LineArmRig(VirtualArmRig):
    """The bench of the reference arm, with this folder's driver and robot on it."""

    def make(self, controller: ArmController) -> LineArm:  # type: ignore[override]
        """The device under test."""
        self.robot = LineRobot(controller)
        return LineArm("arm", controller.model, self.robot)

    def drop_link(self) -> None:
        """Pull the plug."""
        self.robot.unplug()

    def restore_link(self) -> None:
        """Put it in again; the device has to connect anew."""
        self.robot.plugged_in = True
