"""The rig for tests of the worlds: models, worlds with one arm, motions."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cellkit_sim.kinematic import KinematicWorld
from cellkit_sim.physics import PhysicsWorld

from cellkit.controller.plants.arm import ArmPlant
from cellkit.controller.world import ArmPlants, Body, Shape, World, WorldEvent, WorldSettings
from cellkit.geometry import Array, Pose, rotation_from_rpy, transform
from cellkit.models import ArmModel, ParallelGripperModel, VacuumGripperModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.timing import now, run
from cellkit.yamlfile import read_yaml, validate

DRIVERS = Path(__file__).parents[2] / "drivers"
ARMS = {
    "ur5e": "ur", "crx-10ia": "fanuc", "irb-120": "abb", "kr6-r900": "kuka",
    "gp7": "yaskawa", "tx2-60": "staubli", "xarm6": "ufactory", "fr3": "franka",
}  # fmt: skip
WORLDS: dict[str, Callable[[WorldSettings], Any]] = {"physics": PhysicsWorld, "kinematic": KinematicWorld}


def arm_model(name: str) -> ArmModel:
    return validate(ArmModel, read_yaml(DRIVERS / f"cellkit_{ARMS[name]}" / "models" / f"{name}.yaml"))


UR5E = arm_model("ur5e")
JAWS = validate(ParallelGripperModel, read_yaml(DRIVERS / "cellkit_robotiq/models/2f-85.yaml"))
CUP = validate(VacuumGripperModel, read_yaml(DRIVERS / "cellkit_vacuum/models/vacuum.yaml"))
HOME = np.array(UR5E.home)
KINEMATICS = ArmKinematics(UR5E)


class Cell:
    """A world with one UR5e at the origin, and its reported events."""

    def __init__(
        self,
        world: str,
        gripper: ParallelGripperModel | VacuumGripperModel | None = JAWS,
        step: float | None = None,
    ) -> None:
        self.world: World = WORLDS[world](WorldSettings(step))
        self.events: list[WorldEvent] = []
        self.world.on_event(self.events.append)
        self.robot: ArmPlants = self.world.add_arm("robot", UR5E, at(0, 0, 0), *filter(None, [gripper]))
        self.tcp = 0.0 if gripper is None else gripper.tcp

    def run(self, main: Callable[[Cell], Coroutine[Any, Any, Any]]) -> Any:
        try:
            return run(main(self), stepper=self.world.stepper)
        finally:
            self.world.close()

    @property
    def jaws(self) -> Any:
        return self.robot.jaws

    @property
    def suction(self) -> Any:
        return self.robot.suction

    async def move(self, x: float, y: float, z: float, yaw: float = 0.0, seconds: float = 0.8) -> None:
        """Move the tool, straight down, with its centre point to x, y, z."""
        await self.turn_to(tool_down(x, y, z + self.tcp, yaw, self.robot.arm), seconds)

    async def turn_to(self, q: Array, seconds: float) -> None:
        await glide(self.robot.arm, q, seconds)

    def tool(self) -> Array:
        pose = KINEMATICS.forward(self.robot.arm.state().position).copy()
        pose[:3, 3] += pose[:3, 2] * self.tcp
        return pose

    def in_tool(self, body: str) -> Array:
        """Return the pose of a body relative to the tool centre point."""
        return np.linalg.inv(self.tool()) @ self.world.body_pose(body).matrix


def at(x: float, y: float, z: float, yaw: float = 0.0) -> Pose:
    return Pose.from_rpy([x, y, z], [0, 0, yaw], frame="world")


def down(x: float, y: float, z: float) -> Pose:
    """Return the pose of a sensor that looks straight down; x of its image is along x of the world."""
    return Pose.from_rpy([x, y, z], [np.pi, 0, 0], frame="world")


def box(name: str, pose: Pose, mass: float = 0.5, size: tuple[float, float, float] = (0.05, 0.05, 0.06)) -> Body:
    return Body(name, "part", (Shape("box", size),), pose, mass)


def tool_down(x: float, y: float, z: float, yaw: float, arm: ArmPlant) -> Array:
    rotation = rotation_from_rpy(0, 0, yaw) @ np.diag([1.0, -1.0, -1.0])
    return KINEMATICS.inverse(transform(rotation, [x, y, z]), arm.state().position)


@dataclass(frozen=True)
class Glide:
    """Set-points on a polynomial of degree 5."""

    start: Array
    goal: Array
    began: float
    seconds: float

    def sample(self, t: float) -> tuple[Array, Array]:
        x = min(max((t - self.began) / self.seconds, 0.0), 1.0)
        distance = self.goal - self.start
        return (
            self.start + distance * (x**3 * (10 - 15 * x + 6 * x * x)),
            distance * (30 * x * x * (1 - x) ** 2 / self.seconds),
        )

    def position(self, t: float) -> list[float]:
        return self.sample(t)[0].tolist()


async def glide(arm: ArmPlant, goal: Array, seconds: float) -> None:
    """Make a smooth joint motion, and wait 0.1 s to settle."""
    arm.follow(Glide(arm.state().position.copy(), goal, now(), seconds))
    await asyncio.sleep(seconds + 0.1)


def fingerprint(world: World, names: list[str]) -> str:
    return hashlib.sha256(b"".join(world.body_pose(name).matrix.tobytes() for name in names)).hexdigest()
