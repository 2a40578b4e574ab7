"""Run the unchanged program of the first example on a robot whose driver is in this folder.

Run it with ``python examples/05_own_driver``. ``line_driver.py`` is the driver, ``line_robot.py`` the simulated robot,
``line_rig.py`` what the driver contract needs to try the driver.
"""

from pathlib import Path

from cellkit_virtual.driver import VirtualDevices
from line_driver import LineArm
from line_robot import LineRobot

from cellkit.cell.factory import DeviceRequest
from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Device
from cellkit.models.arm import ArmModel
from cellkit.scenario.program import load_program
from cellkit.scenario.simulate import simulate

EXAMPLES = Path(__file__).absolute().parents[1]


class LineDevices(VirtualDevices):
    """A device factory: arms with the driver of this folder, reference devices for all other roles."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def make(self, request: DeviceRequest) -> Device:
        """Make an arm, and a robot at the other end of its line."""
        if not isinstance(request.model, ArmModel):
            return super().make(request)
        robot = LineRobot(ArmController(request.role.name, request.model, request.plant), self.lines.append)
        return LineArm(request.role.name, request.model, robot)


if __name__ == "__main__":
    devices = LineDevices()
    program = load_program(EXAMPLES / "01_first_program.py")
    events = simulate(EXAMPLES / "01_first_program.yaml", program, world="kinematic", factory=devices)
    print("what the robot was asked to do:")
    for line in devices.lines:
        if line.startswith("MOVE"):
            print(f"  {line[:70]}{'…' if len(line) > 70 else ''}")
    done = next(event.time for event in events if event.what == "part_finished")
    print(f"the part was put down after {done:.2f} s of cell time; {len(devices.lines)} lines went to the robot")
