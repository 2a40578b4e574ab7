"""Lines of the vendor's program as motions of the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.errors import PlanningError, Unreachable
from cellkit.geometry import Array, Pose, inverse_transform, rotvec_from_rotation
from cellkit_fanuc.geometry import shape_of, world_of
from cellkit_fanuc.protocol import frames, joints
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit
from cellkit_fanuc.virtual_data import ControllerData

INCH_PER_MINUTE = 0.0254 / 60.0 / 10.0  # m/s of 0.1 inch/min
UNSUPPORTED = ("WristJoint", "LCBType", "LCBValue", "PortType", "portNumber", "portValue", "ALIM", "ALIMREG")
FULL_TURN = 2.0 * np.pi


@dataclass(frozen=True, slots=True)
class Line:
    """One accepted instruction."""

    sequence: int
    name: str
    fields: Mapping[str, Any]

    @property
    def is_motion(self) -> bool:
        """Whether it moves the arm."""
        return "SpeedType" in self.fields

    @property
    def is_linear(self) -> bool:
        """Whether it is a straight line of the TCP, which others can be blended with."""
        return self.name.startswith("FRC_Linear")

    @property
    def waits(self) -> bool:
        """Whether it is not begun before the motion after it is known."""
        return self.is_motion and self.fields["TermType"] != "FINE" and "NoBlend" not in self.fields

    def blends_with(self, after: Line) -> bool:
        """Whether the kernel can pass from this line to the next one without stopping: it has one speed a path."""
        same = ("SpeedType", "Speed", "ACC")
        if not (self.waits and self.is_linear and after.is_linear and self.fields["SpeedType"] in ("mmSec", "InchMin")):
            return False
        return all(self.fields.get(key) == after.fields.get(key) for key in same)


def refuse_unsupported(name: str, fields: Mapping[str, Any]) -> None:
    """Raise ``RmiRefused`` for what the kernel has no counterpart for, with the vendor's code for a missing option."""
    if name.startswith("FRC_Spline"):
        raise RmiRefused(Rmit.INVALID_INSTRUCTION)
    if "VisionPRNumber" in fields:
        raise RmiRefused(Rmit.VISION_REGISTER)
    if any(key in fields for key in UNSUPPORTED):
        raise RmiRefused(Rmit.MOTION_OPTION)


class MotionReader:
    """Turns lines into motions, from where the arm is at that moment."""

    def __init__(self, kernel: ArmController, data: ControllerData) -> None:
        self._kernel = kernel
        self._data = data
        self._shape = shape_of(kernel.model)
        self._world = world_of(kernel.model)
        self._limits = kernel.model.cartesian

    def position(self, configuration_of: Sequence[float]) -> tuple[dict[str, int], dict[str, float]]:
        """Return configuration and position of some joints, in the current user frame and with the current tool."""
        data = self._data
        flange = self._kernel.kinematics.forward(configuration_of)
        frame = self._world @ data.user_frames[data.user_frame]
        position = frames.to_wire(inverse_transform(frame) @ flange @ data.tools[data.tool], digits=3)
        bits = frames.configuration(configuration_of, self._shape)
        return bits.fields(data.tool, data.user_frame), position

    def motion(self, lines: Sequence[Line]) -> Motion:
        """Return the motion of one line, or of several linear ones that are blended.

        Raises ``PlanningError`` and ``RmiRefused``.
        """
        start = self._kernel.joints().position
        line = lines[0]
        if len(lines) == 1 and not line.is_linear:
            return self._joint(line, start) if line.name.startswith("FRC_Joint") else self._circular(line, start)
        waypoints: list[Waypoint] = []
        here = start
        for one in lines:
            here, goal = self._linear_goal(one, here)
            waypoints.append(Waypoint(goal, self._corner(one)))
        before = self._kernel.kinematics.forward(start) @ self._tool(line)
        speed, acceleration = self._speed(line, before, waypoints[0].pose.matrix), self._acceleration(line)
        if len(waypoints) == 1:
            return LinearMotion(waypoints[0].pose, speed, acceleration)
        waypoints[-1] = Waypoint(waypoints[-1].pose)
        return PathMotion(tuple(waypoints), speed, acceleration)

    # --- where to ---------------------------------------------------------------------------------------------

    def _tool_number(self, line: Line) -> int:
        found = line.fields.get("Configuration")
        return int(found["UToolNumber"]) if found else self._data.tool

    def _tool(self, line: Line) -> Array:
        return self._data.tools[self._tool_number(line)]

    def load_of(self, line: Line) -> int:
        """Return the number of the tool frame that a line moves."""
        return self._tool_number(line)

    def _linear_goal(self, line: Line, here: Array) -> tuple[Array, Pose]:
        if "JointAngle" in line.fields:
            wanted = np.array(joints.from_wire(line.fields["JointAngle"]))
            if line.name == "FRC_LinearRelativeJRep":
                wanted = here + wanted
            self._require_limits(wanted)
            return wanted, Pose(self._kernel.kinematics.forward(wanted) @ self._tool(line))
        goal = self._goal(line, "", here)
        solved = self._solve(goal, line, here)
        if not line.name.endswith("Relative"):
            self._require_solution(solved, line.fields["Configuration"])
        return solved, goal

    def _goal(self, line: Line, which: str, here: Array) -> Pose:
        """Return the TCP in ``base`` that a line states, offsets included."""
        numbers, position = line.fields[f"{which}Configuration"], line.fields[f"{which}Position"]
        frame = self._world @ self._data.user_frames[int(numbers["UFrameNumber"])]
        stated = frames.from_wire(position)
        if line.name.endswith("Relative"):
            now = inverse_transform(frame) @ self._kernel.kinematics.forward(here) @ self._tool(line)
            stated = _shifted(now, stated)
        if "OffsetPRNumber" in line.fields:
            stated = _shifted(stated, frames.from_wire(self._data.offset(int(line.fields["OffsetPRNumber"]))))
        goal = frame @ stated
        if "ToolOffsetPRNumber" in line.fields:
            goal = goal @ frames.from_wire(self._data.offset(int(line.fields["ToolOffsetPRNumber"])))
        return Pose(goal)

    def _solve(self, goal: Pose, line: Line, near: Array) -> Array:
        flange = goal.matrix @ inverse_transform(self._tool(line))
        return self._kernel.kinematics.inverse(flange, near)

    def _require_solution(self, solved: Array, wanted: Mapping[str, int]) -> None:
        found = frames.configuration(solved.tolist(), self._shape)
        if not found.same_solution(wanted):
            raise Unreachable("the position has another configuration on this way")

    def _require_limits(self, wanted: Array) -> None:
        problem = self._kernel.kinematics.limits.violation(wanted)
        if problem:
            raise Unreachable(problem)

    def _joint(self, line: Line, start: Array) -> JointMotion:
        if "JointAngle" in line.fields:
            wanted = np.array(joints.from_wire(line.fields["JointAngle"]))
            if line.name == "FRC_JointRelativeJRep":
                wanted = start + wanted
        elif line.name == "FRC_JointRelative":
            wanted = self._solve(self._goal(line, "", start), line, start)
        else:
            wanted = self._configured(line, start)
        self._require_limits(wanted)
        return JointMotion(wanted, self._share(line, wanted - start), self._acceleration_share(line))

    def _configured(self, line: Line, start: Array) -> Array:
        """Return the joints of a pose in the requested configuration, with the turns of joints 4 to 6."""
        wanted = line.fields["Configuration"]
        goal = self._goal(line, "", start)
        for seed in _seeds(start, self._kernel.kinematics.model.home):
            try:
                solved = self._solve(goal, line, seed)
            except PlanningError:
                continue
            if frames.configuration(solved.tolist(), self._shape).same_solution(wanted):
                for joint, key in ((3, "Turn4"), (4, "Turn5"), (5, "Turn6")):
                    turn = (solved[joint] + np.pi) // FULL_TURN
                    solved[joint] += (int(wanted.get(key, 0)) - turn) * FULL_TURN
                return solved
        raise Unreachable("the position cannot be reached in this configuration")

    def _circular(self, line: Line, start: Array) -> CircularMotion:
        via, goal = self._goal(line, "Via", start), self._goal(line, "", start)
        near = self._solve(via, line, start)
        solved = self._solve(goal, line, near)
        if not line.name.endswith("Relative"):
            self._require_solution(solved, line.fields["Configuration"])
        before = self._kernel.kinematics.forward(start) @ self._tool(line)
        return CircularMotion(via, goal, self._speed(line, before, goal.matrix), self._acceleration(line))

    # --- how fast ---------------------------------------------------------------------------------------------

    def _share(self, line: Line, travel: Array) -> float:
        kind, value = line.fields["SpeedType"], float(line.fields["Speed"])
        if kind == "Percent":
            return value / 100.0
        least = float((np.abs(travel) / self._kernel.kinematics.limits.velocity).max())
        return min(1.0, max(1e-6, least / _seconds(kind, value)))

    def _speed(self, line: Line, before: Array, goal: Array) -> float:
        """m/s, as fast as the arm can at most: so does a real controller with a speed beyond its machine."""
        kind, value = line.fields["SpeedType"], float(line.fields["Speed"])
        top = self._limits.max_speed
        if kind == "mmSec":
            return min(top, value / 1000.0)
        if kind == "InchMin":
            return min(top, value * INCH_PER_MINUTE)
        seconds = _seconds(kind, value)
        metres = float(np.linalg.norm(goal[:3, 3] - before[:3, 3]))
        turn = float(np.linalg.norm(rotvec_from_rotation(before[:3, :3].T @ goal[:3, :3])))
        share = max(metres / seconds / top, turn / seconds / self._limits.max_rotation_speed, 1e-6)
        return min(1.0, share) * top

    def _acceleration_share(self, line: Line) -> float:
        return float(line.fields.get("ACC", 100)) / 100.0

    def _acceleration(self, line: Line) -> float:
        return self._acceleration_share(line) * self._limits.max_acceleration

    def _corner(self, line: Line) -> float:
        """How far from the corner (m) the path may leave it. CR states it; the meaning of CNT is an assumption.

        CNT 100 begins the next motion when this one begins to brake: v²/2a before the corner.
        """
        kind, value = line.fields["TermType"], float(line.fields.get("TermValue", 0))
        if kind == "CR":
            return value / 1000.0
        if kind == "CNT":
            speed = self._speed(line, np.eye(4), np.eye(4))
            return value / 100.0 * speed * speed / 2.0 / self._acceleration(line)
        return 0.0


def _shifted(pose: Array, by: Array) -> Array:
    """Move a pose along the axes of its frame and turn it about them, as offsets and increments do."""
    moved = pose.copy()
    moved[:3, :3] = by[:3, :3] @ pose[:3, :3]
    moved[:3, 3] += by[:3, 3]
    return moved


def _seconds(kind: str, value: float) -> float:
    return value / 10.0 if kind == "Time" else value / 1000.0


def _seeds(start: Array, home: Sequence[float]) -> list[Array]:
    """Where to look for other configurations: from here, from home, and with the wrist flipped."""
    seeds = [start, np.array(home)]
    for seed in tuple(seeds):
        flipped = seed.copy()
        flipped[3] += np.pi if seed[3] <= 0 else -np.pi
        flipped[4] = -seed[4]
        flipped[5] += np.pi if seed[5] <= 0 else -np.pi
        seeds.append(flipped)
    return seeds
