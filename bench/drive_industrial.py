"""A two-arm pick of pybullet-industrial, in an environment with that library; prints its figures as JSON.

Tuned for speed: no window, no self-collision, the engine's own step of 1/240 s and its own solver iterations, targets
of all joints computed before the run, parts held by the library's constraint. The argument is a JSON file with the arms
(URDF, mount as position and quaternion, home), and the size and mass of the parts.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pybullet as p
import pybullet_industrial as pi

STEP = 1 / 240  # s
UP = 0.07  # m over a part
GAP = -0.0003  # m between cup and part when the part is gripped: the library asks for a contact
TIP = 0.12  # m from the flange to the cup
DROP = 0.0005  # m over its place at which a part is released
JOINT, STRAIGHT, WAIT = 1.2, 0.5, 0.15  # s of a joint motion and of a straight one, and until the joints have arrived
REACH, SIDE, TABLE = 0.42, 0.35, 0.06  # m and rad from an arm to the places, m from its mount up to the table
CUP = f"""<robot name="cup"><link name="body"><inertial><mass value="0.3"/>
<inertia ixx="2e-4" iyy="2e-4" izz="2e-4" ixy="0" ixz="0" iyz="0"/></inertial></link>
<link name="tip"><inertial><mass value="0.05"/><inertia ixx="1e-5" iyy="1e-5" izz="1e-5" ixy="0" ixz="0" iyz="0"/>
</inertial><collision><origin xyz="0 0 -0.005"/><geometry><box size="0.02 0.02 0.01"/></geometry></collision></link>
<joint name="end" type="fixed"><parent link="body"/><child link="tip"/><origin xyz="0 0 {TIP}"/></joint></robot>"""


def box(size: list[float], mass: float, at: list[float], turn: list[float]) -> int:
    shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=[side / 2 for side in size])
    body: int = p.createMultiBody(mass, shape, -1, at, turn)
    return body


class Station:
    """One arm with its cup, a table, and the motions that carry its parts."""

    def __init__(self, arm: dict[str, Any], parts: int, part: dict[str, Any], folder: Path) -> None:
        urdf, cup = folder / f"{arm['name']}.urdf", folder / "cup.urdf"
        urdf.write_text(arm["urdf"])
        cup.write_text(CUP)
        self.robot = pi.RobotBase(str(urdf), arm["mount"][:3], arm["mount"][3:], arm["flange"])
        self.names = self.robot.get_moveable_joints()[0]
        self.home = np.array(arm["home"])
        self.set(self.home)
        at, turn = self.robot.get_endeffector_pose()
        self.cup = pi.SuctionGripper(str(cup), at, turn, self.robot, "tip")
        for own in range(-1, p.getNumJoints(self.robot.urdf)):
            for link in (-1, 0):
                p.setCollisionFilterPair(self.robot.urdf, self.cup.urdf, own, link, 0)
        base, tall = arm["mount"], part["size"][2]
        out = np.array(at[:2]) - base[:2]
        middle = math.atan2(out[1], out[0])
        top = base[2] + TABLE
        self.table = box(
            [0.36, 0.6, 0.06], 0.0, [*self.spot(base, middle), top - 0.03], p.getQuaternionFromEuler([0, 0, middle])
        )
        p.setCollisionFilterPair(self.cup.urdf, self.table, 0, -1, 0)
        self.parts, self.goals, self.rows = [], [], [self.home]
        self.events: dict[int, str] = {}
        for number in range(parts):
            side = SIDE + 0.3 * number
            for angle, event in ((middle - side, "activate"), (middle + side, "deactivate")):
                place = [*self.spot(base, angle), top + tall / 2]
                if event == "activate":
                    self.parts.append(box(part["size"], part["mass"], place, p.getQuaternionFromEuler([0, 0, angle])))
                    place[2] += GAP
                else:
                    self.goals.append(np.array(place))
                    place[2] += GAP + DROP
                self.visit(np.array([*place[:2], place[2] + tall / 2]), angle, event)
        self.motion(self.home, JOINT)

    @staticmethod
    def spot(base: list[float], angle: float) -> tuple[float, float]:
        return base[0] + REACH * math.cos(angle), base[1] + REACH * math.sin(angle)

    def set(self, joints: Any) -> None:
        self.robot.reset_joint_position(dict(zip(self.names, joints, strict=True)), ignore_limits=True)

    def visit(self, tip: Any, angle: float, event: str) -> None:
        """Plan: move above ``tip``, straight down, switch the cup, and straight up."""
        down = p.getQuaternionFromEuler([math.pi, 0, angle])
        heights = UP * (1 - np.linspace(0, 1, 15))
        straight = []
        self.set(self.rows[-1])
        for height in heights:
            straight.append(self.solve(tip + np.array([0, 0, TIP + height]), down))
        self.motion(straight[0], JOINT)
        self.along(straight)
        self.rows += [self.rows[-1]] * round(WAIT / STEP)
        self.events[len(self.rows)] = event
        self.rows += [self.rows[-1]] * round(WAIT / STEP)
        self.along(straight[::-1])

    def solve(self, at: Any, turn: Any) -> Any:
        """Return the joints with the flange at a pose, to 1 µm, beginning at the present joints."""
        for _ in range(200):
            self.robot.reset_endeffector_pose(at, turn)
            found, found_turn = self.robot.get_endeffector_pose()
            if np.linalg.norm(found - at) < 1e-6 and 1 - abs(np.dot(found_turn, turn)) < 1e-10:
                position = self.robot.get_joint_position()
                return np.array([position[name] for name in self.names])
        raise SystemExit(f"no joints for {at} {turn}: {found} {found_turn}")

    def motion(self, goal: Any, duration: float) -> None:
        share = smooth(np.linspace(0, 1, round(duration / STEP) + 1)[1:])[:, None]
        self.rows += list(self.rows[-1] + share * (goal - self.rows[-1]))

    def along(self, points: list[Any]) -> None:
        share = smooth(np.linspace(0, 1, round(STRAIGHT / STEP) + 1)[1:]) * (len(points) - 1)
        columns = [np.interp(share, range(len(points)), column) for column in np.array(points).T]
        self.rows += list(np.array(columns).T)

    def begin(self) -> None:
        """Go home, and prepare the commands of all steps."""
        self.set(self.home)
        self.commands = [dict(zip(self.names, row, strict=True)) for row in np.array(self.rows).tolist()]

    def step(self, number: int) -> None:
        if number < len(self.commands):
            self.robot.set_joint_position(self.commands[number])
            event = self.events.get(number)
            if event == "activate":
                assert self.cup.activate(), "the cup touches nothing"
            elif event == "deactivate":
                self.cup.deactivate()
                self.cup.suction_constraints.clear()

    def errors(self) -> list[float]:
        """Return the distances (mm) of the parts from their places, on the table."""
        found = [p.getBasePositionAndOrientation(part)[0] for part in self.parts]
        return [1e3 * math.dist(at[:2], goal[:2]) for at, goal in zip(found, self.goals, strict=True)]


def smooth(share: Any) -> Any:
    """Return a share of the way over a share of the time, with rest at both ends."""
    return share**3 * (10 - 15 * share + 6 * share**2)


def main() -> None:
    """Run once; print simulated and processor seconds, the largest error (mm), and the number of bodies."""
    task = json.loads(Path(sys.argv[1]).read_text())
    start = time.process_time()
    p.connect(p.DIRECT)
    p.setGravity(0, 0, -9.81)
    p.setTimeStep(STEP)
    p.createMultiBody(0, p.createCollisionShape(p.GEOM_PLANE))
    with tempfile.TemporaryDirectory() as folder:
        stations = [Station(arm, arm["parts"], task["part"], Path(folder)) for arm in task["arms"]]
    for station in stations:
        station.begin()
    steps = max(len(station.commands) for station in stations) + round(0.3 / STEP)
    for number in range(steps):
        for station in stations:
            station.step(number)
        p.stepSimulation()
    spent = time.process_time() - start
    errors = [error for station in stations for error in station.errors()]
    print(json.dumps({"simulated": steps * STEP, "spent": spent, "error": max(errors), "bodies": p.getNumBodies()}))


if __name__ == "__main__":
    main()
