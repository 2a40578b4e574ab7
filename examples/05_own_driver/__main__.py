"""Run the unchanged program of the first example on a robot whose driver is in this folder.

Run it with ``python examples/05_own_driver``. ``line_driver.py`` is the driver, ``line_robot.py`` the virtual robot,
``line_rig.py`` the rig with which the driver contract tests the driver.
"""

from pathlib import Path

from cellkit_virtual.driver import VirtualDevices
from line_driver import LineArm
from line_robot import LineRobot

from cellkit.cell.factory import Role
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plant import ArmPlant
from cellkit.models.arm import ArmModel
from cellkit.scenario.program import load_program
from cellkit.scenario.simulate import simulate

EXAMPLES = Path(__file__).absolute().parents[1]


class LineDevices(VirtualDevices):
    """A device factory: arms with the driver of this folder, reference devices for all other roles."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    def arm(self, role: Role, model: ArmModel, plant: ArmPlant) -> LineArm:  # type: ignore[override]
        """Return an arm, connected to a new virtual robot."""
        robot = LineRobot(ArmController(role.name, model, plant))
        answer = robot.ask

        async def counted(line: str) -> str:
            self.lines += 1
            if line.startswith("MOVE"):
                print(f"  {line[:70]}{'…' if len(line) > 70 else ''}")
            return await answer(line)

        robot.ask = counted  # type: ignore[method-assign]
        return LineArm(role.name, model, robot)


if __name__ == "__main__":
    devices = LineDevices()
    print("motion requests to the robot:")
    program = load_program(EXAMPLES / "01_first_program.py")
    events = simulate(EXAMPLES / "01_first_program.yaml", program, world="kinematic", factory=devices)
    done = next(event.time for event in events if event.what == "part_finished")
    print(f"the part was put down after {done:.2f} s of cell time; {devices.lines} lines went to the robot")
