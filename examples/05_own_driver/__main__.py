"""The program of the first example, its text unchanged, on a robot whose driver is in this folder.

Run it with ``python examples/05_own_driver``. ``line_driver.py`` is the driver, ``line_robot.py`` the pretended robot,
``line_rig.py`` what the driver contract needs to try the driver.
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
    """Makes the devices of a cell: arms with the driver of this folder, everything else as usual."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    def arm(self, role: Role, model: ArmModel, plant: ArmPlant) -> LineArm:  # type: ignore[override]
        """An arm, and a robot at the other end of its line."""
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
    print("what the robot is asked to do:")
    program = load_program(EXAMPLES / "01_first_program.py")
    events = simulate(EXAMPLES / "01_first_program.yaml", program, world="kinematic", factory=devices)
    done = next(event.time for event in events if event.what == "part_finished")
    print(f"the part was put down after {done:.2f} s of cell time; {devices.lines} lines went to the robot")
