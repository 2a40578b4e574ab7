"""An own driver in less than 60 lines: it implements the hooks of ``Arm`` with the robot's protocol.

``Arm`` holds all rules: limits, frames, reach, modes, one command at a time, timeouts, cancelling. A driver only
translates commands and states into the vendor's messages.
"""

from line_protocol import decode, encode, encode_motion, seven
from line_robot import LineRobot

from cellkit import errors
from cellkit.devices import Arm, ArmState, Fault, Load, Motion, OperationalMode, SafetyStatus, StopCategory, Tool
from cellkit.geometry import Pose, frozen
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel

KINDS = {kind.__name__: kind for kind in (errors.EmergencyStop, errors.ProtectiveStop, errors.MotionAborted)}


class LineArm(Arm):
    """An arm that is driven over ``line_protocol``."""

    def __init__(self, name: str, model: ArmModel, robot: LineRobot) -> None:
        super().__init__(name, model)
        self._robot = robot

    async def _connect(self) -> None:
        # When the line is lost, the robot calls `_link_lost`; the base class then fails every pending command.
        if not self._robot.open(self._link_lost):
            raise errors.ConnectionFailed(self.name, "the robot does not answer: check that it is plugged in")

    async def _close(self) -> None:
        self._robot.close()

    async def _read_state(self) -> ArmState:
        stamp, *numbers = decode(await self._ask("JOINTS"))[1]
        count = len(self.limits)
        joints = JointState(stamp, frozen(numbers[:count]), frozen(numbers[count:]))
        tcp = Pose(self.kinematics.forward(joints.position) @ self.tool.tcp.matrix, "base")
        mode, safety, override, moving, code, text = (await self._ask("STATUS"))[3:].split(";")
        fault = Fault(code, text) if code else None
        known = OperationalMode(int(mode)), SafetyStatus(safety), float(override), moving == "1", fault
        return ArmState(stamp, joints, tcp, *known)

    async def _execute(self, motion: Motion) -> None:
        await self._ask(encode_motion(motion))

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self._ask(encode("STOP", category))

    async def _set_speed_override(self, share: float) -> None:
        await self._ask(encode("SPEED", share))

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        loads = (tool.load.mass, tool.load.centre_of_gravity, payload.mass, payload.centre_of_gravity)
        await self._ask(encode("LOAD", seven(tool.tcp), *loads))

    async def _recover(self) -> None:
        await self._ask("RESET")

    async def _ask(self, line: str) -> str:
        """Return the robot's answer. Raise the error of cellkit that its error message names."""
        answer = await self._robot.ask(line)
        if not answer.startswith("ERROR "):
            return answer
        kind, code, text = answer.removeprefix("ERROR ").split(";", 2)
        if kind == "DeviceFault":
            raise errors.DeviceFault(self.name, text, code=code)
        raise KINDS.get(kind, errors.CommandRejected)(self.name, text)
