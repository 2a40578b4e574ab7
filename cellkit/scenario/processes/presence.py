"""An arm near people: the distances of its points for their speeds, and the time that keeping a distance costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellkit.cell.build import BuiltCell
from cellkit.devices import DeviceEvent
from cellkit.geometry import Array, transform
from cellkit.masses import Load
from cellkit.motion.speed_and_separation import Monitoring, Stop, protective_distance
from cellkit.motion.stopping import PROTECTIVE, stop_law
from cellkit.scenario.processes.ground_truth import STANDSTILL, GroundTruth

AHEAD = 1e-3
"""Time step (s) for the velocity of a point."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmMotion:
    """A moving arm.

    ``points``: its points (m, over the floor), (n, 2); ``velocities`` (m/s) and ``radii`` (m) of the points;
    ``reaction`` and ``braking``: the times (s) of its protective stop by the law of the arm's model.
    """

    points: Array
    velocities: Array
    radii: Array
    reaction: float
    braking: float

    @property
    def stopping_time(self) -> float:
        """The time (s) from the request of a protective stop until the arm is at rest."""
        return self.reaction + self.braking


class MovingArm(GroundTruth):
    """An arm near people."""

    def __init__(self, built: BuiltCell, role: str) -> None:
        super().__init__(built, role)
        plan = built.plan
        self._law = stop_law(plan.arms[role], PROTECTIVE)
        radii = plan.arms[role].geometry.link_radii
        tip = max((plan.grippers[gripper].tcp for gripper in plan.grippers_on(role)), default=0.0)
        self._tip = transform(np.eye(3), (0.0, 0.0, tip))
        ends = np.array([*radii, radii[-1], radii[-1]])
        self._radii = np.concatenate([ends, np.maximum(ends[1:], ends[:-1])])
        self._moved = False

    @property
    def assumed(self) -> bool:
        """Whether cellkit assumes how the arm stops, because no published stop of it is known."""
        return bool(self._law.assumed)

    def distance(self, where: Array) -> float:
        """Return the distance (m) over the floor from the middle of the arm's base."""
        return float(np.linalg.norm((where - self.base[:3, 3])[:2]))

    def look(self) -> ArmMotion | None:
        """Return the present motion; None: the arm stands still.

        A motion in one sample only is a jolt of the held part, not a motion.
        """
        state = self.plant.state()
        speeds = np.abs(state.velocity)
        before, self._moved = self._moved, float(speeds.max()) > STANDSTILL
        if not (before and self._moved):
            return None
        points = self._points(state.position)
        points_ahead = self._points(state.position + state.velocity * AHEAD)
        braking = float(self._law.braking_times(state.position, speeds, Load()).max())
        return ArmMotion(points, (points_ahead - points) / AHEAD, self._radii, self._law.reaction, braking)

    def _points(self, joints: Array) -> Array:
        """Return joints, flange and tip of the tool, and the middles between them, from above: (2n+3, 2)."""
        frames = self.kinematics.joint_frames(joints)
        frames.append(frames[-1] @ self._tip)
        ends = np.array([(self.base @ frame)[:2, 3] for frame in frames])
        points: Array = np.concatenate([ends, (ends[1:] + ends[:-1]) / 2])
        return points


def shortfall(motion: ArmMotion, person: Array, radius: float, intrusion: float, reaction: float) -> float:
    """Return by how many m the worst point of an arm is nearer to a person than its protective distance.

    The person is a cylinder. Every point counts with its own speed towards the person; no point stops earlier than the
    whole arm.
    """
    ways = person[:2] - motion.points
    lengths = np.linalg.norm(ways, axis=1)
    towards = np.maximum(0.0, (motion.velocities * ways).sum(axis=1) / np.maximum(lengths, 1e-9))
    monitoring = Monitoring(reaction, intrusion)
    stops = [Stop.lasting(speed, motion.braking, motion.reaction) for speed in towards.tolist()]
    needed = [protective_distance(monitoring, stop).total for stop in stops]
    return float((np.array(needed) - (lengths - radius - motion.radii)).max())


class PresenceCost:
    """The cost of people: how long the arm was held up, and how much longer a part took. Times in s of cell time."""

    def __init__(self, robot: str) -> None:
        self._robot = robot
        self._begun: float | None = None
        self._share, self._since = 1.0, 0.0
        self._slower = 0
        self._stopped = self._slowed = 0.0
        self._present = self._was_present = False
        self._last: float | None = None
        self._alone: list[float] = []
        self._among: list[float] = []

    def begin(self, time: float) -> None:
        """Begin to count: from now on people may come."""
        self._begun = self._since = self._last = time

    def set_present(self, time: float, present: bool) -> None:
        """Note that a person is present or on the way, or has left."""
        self._present = present
        self._was_present |= present

    def on_event(self, event: DeviceEvent) -> None:
        """Count a change of the arm's speed, or a finished part."""
        if self._begun is None:
            return
        if event.what == "speed_override" and event.device == self._robot:
            self._pass(event.time)
            share = float(event.data["share"])
            self._slower += share < self._share
            self._share = share
        elif event.what == "part_finished":
            self._pass(event.time)
            if self._last is not None:
                (self._among if self._was_present else self._alone).append(event.time - self._last)
            self._last, self._was_present = event.time, self._present

    def figures(self, time: float) -> dict[str, float]:
        """Return all figures at the end, by name and unit."""
        if self._begun is None:
            return {}
        self._pass(time)
        figures = {"slow-downs (times)": float(self._slower), "stopped for people (s)": self._stopped}
        figures["slowed for people (s)"] = self._slowed
        if self._alone:
            figures["cycle with nobody there (s)"] = sum(self._alone) / len(self._alone)
        if self._among:
            figures["cycle with people there (s)"] = sum(self._among) / len(self._among)
        if self._alone and self._among:
            alone = figures["cycle with nobody there (s)"]
            figures["cycle time that people cost (%)"] = 100 * (figures["cycle with people there (s)"] / alone - 1)
        return figures

    def _pass(self, time: float) -> None:
        if self._share == 0.0:
            self._stopped += time - self._since
        elif self._share < 1.0:
            self._slowed += time - self._since
        self._since = time
