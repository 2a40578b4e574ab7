"""The virtual robot: a controller of an invented brand that answers the requests of ``line_protocol``.

It moves with cellkit's controller kernel, like every virtual controller; only the protocol is its own.
"""

import asyncio
from collections.abc import Callable

from line_protocol import decode, decode_motion, encode, pose

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Load, StopCategory, Tool
from cellkit.errors import DeviceError, DeviceFault, PlanningError
from cellkit.geometry import frozen


class LineRobot:
    """A robot that serves any number of callers, one request at a time for each; ``on_line`` gets each request."""

    def __init__(self, controller: ArmController, on_line: Callable[[str], None] | None = None) -> None:
        self.controller = controller
        self._on_line = on_line
        self.plugged_in = True
        self._on_loss: Callable[[str], None] | None = None

    def open(self, on_loss: Callable[[str], None]) -> bool:
        """Return whether the robot answers. It calls ``on_loss`` with the reason if the line breaks later."""
        self._on_loss = on_loss if self.plugged_in else None
        return self.plugged_in

    def close(self) -> None:
        """End the connection."""
        self._on_loss = None

    def unplug(self) -> None:
        """Unplug the robot: it makes a protective stop, and the connected driver is notified."""
        self.plugged_in = False
        self.controller.protective_stop("communication lost")
        if self._on_loss is not None:
            self._on_loss("the plug was pulled")

    async def ask(self, line: str) -> str:
        """Answer a request. The answer to a motion follows when the arm has reached the goal."""
        if self._on_line is not None:
            self._on_line(line)
        word, numbers = decode(line)
        try:
            return await self._answer(word, numbers)
        except (DeviceError, PlanningError) as error:
            code = error.code if isinstance(error, DeviceFault) else ""
            text = error.message.removeprefix(f"fault {code}: ") if isinstance(error, DeviceError) else str(error)
            return f"ERROR {type(error).__name__};{code};{text}"

    async def _answer(self, word: str, numbers: list[float]) -> str:
        robot = self.controller
        motion = decode_motion(word, numbers)
        if motion is not None:
            await robot.submit(motion)
            return "OK"
        match word:
            case "JOINTS":
                joints = robot.joints()
                return encode("OK", joints.stamp, joints.position, joints.velocity)
            case "STATUS":
                fault = f"{robot.fault.code};{robot.fault.text}" if robot.fault else ";"
                return f"OK {robot.mode.value};{robot.safety.value};{robot.speed_override!r};{robot.moving:d};{fault}"
            case "STOP":
                await asyncio.shield(robot.stop(StopCategory(int(numbers[0]))))
            case "SPEED":
                robot.set_speed_override(numbers[0])
            case "LOAD":
                tool = Tool(tcp=pose(numbers), load=Load(numbers[7], frozen(numbers[8:11])))
                robot.set_load(tool, Load(numbers[11], frozen(numbers[12:15])))
            case "RESET":
                await robot.reset()
            case _:
                return f"ERROR CommandRejected;;unknown request {word!r}"
        return "OK"
