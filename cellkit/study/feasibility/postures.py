"""How the arm reaches the required poses: the posture it takes, its margins, and what it comes near to.

Inverse kinematics is the product's own, from the home position, as after ``move_joint(home)``. Of equally good grasps
the one is taken that the arm would choose itself, unless it collides: then the next one, then other postures.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellkit.devices.arm import CRAMPED
from cellkit.devices.parallel_gripper import OPENING
from cellkit.errors import Unreachable
from cellkit.geometry import Array, Pose, largest
from cellkit.motion.kinematics import CHARACTERISTIC_LENGTH, RESTART_ITERATIONS, ArmKinematics
from cellkit.motion.unreachable_reason import solve_or_explain
from cellkit.study.feasibility.clearance import ArmShapes, Near
from cellkit.study.feasibility.result import PoseResult
from cellkit.study.feasibility.shapes import Solid
from cellkit.study.feasibility.static_cell import StaticCell
from cellkit.study.feasibility.surroundings import Surroundings, held_solid
from cellkit.study.feasibility.targets import Target

STRAIGHT = 4
"""Steps of the straight way between approach and grasp at which clearance is looked at."""
JUMP = 0.6
"""rad between two of these steps: more is another posture, not the same one moved on."""
BELOW = "the grasp below it cannot be reached"
OTHERWISE = "it is reached in another posture only, not straight from the grasp"
OTHER_POSTURES = 8
"""Starts from which other postures are looked for where the first ones collide."""


@dataclass(frozen=True)
class Margins:
    """Of one posture: see ``PoseResult``."""

    room: float | None
    share: float | None
    joint: str | None
    singular: float
    singular_joint: str
    manipulability: float


@dataclass(frozen=True)
class Reached:
    """A grasp, the way to it, and what both come near to."""

    hand: str
    grasp: Pose
    approach: Pose
    joints: Array
    above: Array
    at_grasp: Near
    on_the_way: Near

    @property
    def deepest(self) -> float:
        """The smallest distance (m) of all."""
        return min(self.at_grasp.deepest, self.on_the_way.deepest)


@dataclass(frozen=True)
class _Way:
    """A grasp, the joints there (None: not reached) and those of the straight way up; ``why`` it does not go."""

    number: int
    grasp: Pose
    joints: Array | None
    up: tuple[Array, ...]
    why: str | None = None


def margins(kinematics: ArmKinematics, joints: Array, tcp: Array) -> Margins:
    """Distance from joint limits and from a singularity. ``tcp``: (4, 4) in the flange."""
    limits = kinematics.limits
    room = np.minimum(joints - limits.lower, limits.upper - joints)
    nearest = int(np.argmin(room))
    ends = bool(np.isfinite(room[nearest]))
    jacobian = kinematics.jacobian(joints, tcp).copy()
    jacobian[3:] *= CHARACTERISTIC_LENGTH
    value, blamed = kinematics.dexterity(joints, tcp)
    return Margins(
        float(room[nearest]) if ends else None,
        float(room[nearest] / (limits.upper[nearest] - limits.lower[nearest])) if ends else None,
        limits.names[nearest] if ends else None,
        value,
        limits.names[blamed],
        math.sqrt(max(0.0, float(np.linalg.det(jacobian @ jacobian.T)))),
    )


class Postures:
    """Finds them for one cell. ``approach`` (m) above every grasp."""

    def __init__(self, cell: StaticCell, approach: float, seed: int) -> None:
        self._cell, self._approach, self._seed = cell, approach, seed
        self._surroundings = Surroundings(cell.plan)
        self._shapes: dict[tuple[str, str | None], ArmShapes] = {}

    def of_target(self, target: Target) -> tuple[list[PoseResult], Reached | None]:
        """Grasp and approach by one gripper (or by each), and the last one that was reached."""
        results: list[PoseResult] = []
        reached: Reached | None = None
        best: list[PoseResult] = []
        for hand in target.hands:
            found, here = self._by_hand(target, hand)
            reached = here or reached
            if target.every:
                results += found
            elif not best or _goodness(found) > _goodness(best):
                best = found
            if not target.every and here is not None and here.deepest >= 0.0:
                break
        return [*results, *best], reached

    def stated(self, name: str, tcp: Pose, hands: tuple[str, ...]) -> PoseResult:
        """A pose that the study file names, by any of these grippers."""
        found = [self._stated(name, tcp, hand) for hand in hands]
        return max(found, key=lambda one: _goodness([one]))

    def _stated(self, name: str, tcp: Pose, hand: str) -> PoseResult:
        kinematics = self._kinematics(hand)
        try:
            joints = self._inverse(hand, tcp, kinematics.model.home)
        except Unreachable as error:
            return self._result(name, "stated", None, hand, tcp, None, Near(), str(error))
        near = self._arm_shapes(hand, None).near(joints, self._surroundings.at(None))
        return self._result(name, "stated", None, hand, tcp, joints, near)

    def _by_hand(self, target: Target, hand: str) -> tuple[list[PoseResult], Reached | None]:
        grasps = self._grasps(target, hand)
        reached: Reached | None = None
        failed: _Way | None = None
        hopeless: set[int] = set()
        for way in self._ways(hand, grasps, hopeless):
            if way.why is not None:
                # A grasp that is reached, though not from above, says more than one that is not.
                failed = way if failed is None or (failed.joints is None and way.joints is not None) else failed
                continue
            here = self._looked_at(target, hand, way)
            if here.at_grasp.hopeless or here.on_the_way.hopeless:
                hopeless.add(way.number)
            if reached is None or here.deepest > reached.deepest:
                reached = here
            if here.deepest >= 0.0:
                break
        if reached is not None:
            return [
                self._result(target.name, "grasp", target, hand, reached.grasp, reached.joints, reached.at_grasp),
                self._result(
                    target.name, "approach", target, hand, reached.approach, reached.above, reached.on_the_way
                ),
            ], reached
        assert failed is not None
        grasp, above = failed.grasp, self._above(failed.grasp)
        why, why_above = (failed.why, BELOW) if failed.joints is None else (None, failed.why)
        return [
            self._result(target.name, "grasp", target, hand, grasp, failed.joints, Near(), why),
            self._result(target.name, "approach", target, hand, above, None, Near(), why_above),
        ], None

    def _grasps(self, target: Target, hand: str) -> list[Pose]:
        """TCP poses in ``world``, all equally good."""
        if target.part is None:
            return [target.at @ Pose.from_rpy((0.0, 0.0, 0.0), (math.pi, 0.0, 0.0))]
        return self._cell.grippers[hand].grasp_poses(target.part, target.at.offset(z=target.part.size[2] / 2))

    def _ways(self, hand: str, grasps: list[Pose], hopeless: Container[int]) -> Iterator[_Way]:
        """Grasps with their posture and the straight way up, the arm's own choice first; then other postures, but not
        of those grasps that have turned out ``hopeless``.
        """
        kinematics = self._kinematics(hand)
        home = np.array(kinematics.model.home)
        ranked: list[tuple[bool, float, int, Array]] = []
        told = False
        for number, grasp in enumerate(grasps):
            if told and not self._found(hand, grasp):
                continue
            try:
                joints = self._inverse(hand, grasp, home)
            except Unreachable as error:
                told = True  # why costs far more than that
                yield _Way(number, grasp, None, (), str(error))
                continue
            limits = kinematics.limits
            cramped = bool(np.minimum(joints - limits.lower, limits.upper - joints).min() < CRAMPED)
            ranked.append((cramped, largest((joints - home) / limits.velocity), number, joints))
        for _, _, number, joints in sorted(ranked, key=lambda one: one[:3]):
            yield self._up(hand, number, grasps[number], joints)
        for start in kinematics.starts(self._seed)[:OTHER_POSTURES]:
            for number, joints in [one[2:] for one in ranked if one[2] not in hopeless]:
                goal = self._cell.flange_goal(self._cell.arm_of(hand), hand, grasps[number])
                other = kinematics.solve_from(goal, start.copy())
                if other is not None and largest(other - joints) > JUMP:
                    yield self._up(hand, number, grasps[number], other)

    def _up(self, hand: str, number: int, grasp: Pose, joints: Array) -> _Way:
        """From a grasp straight up to the approach, which comes last."""
        kinematics = self._kinematics(hand)
        arm = self._cell.arm_of(hand)
        up: list[Array] = []
        for step in range(1, STRAIGHT + 1):
            goal = self._cell.flange_goal(arm, hand, grasp.offset(z=-self._approach * step / STRAIGHT))
            last = up[-1] if up else joints
            found = kinematics.solve_from(goal, last.copy())
            if found is None or largest(found - last) > JUMP:
                try:
                    solve_or_explain(kinematics, goal, last, self._seed)
                except Unreachable as error:
                    return _Way(number, grasp, joints, (), str(error))
                return _Way(number, grasp, joints, (), OTHERWISE)
            up.append(found)
        return _Way(number, grasp, joints, tuple(up))

    def _looked_at(self, target: Target, hand: str, way: _Way) -> Reached:
        assert way.joints is not None
        cell, shapes = self._surroundings.at(target), self._arm_shapes(hand, target)
        held = self._held(target, hand)
        on_the_way = Near()
        for number, one in enumerate(way.up, 1):
            on_the_way = on_the_way.or_nearer(shapes.near(one, cell, held if number == len(way.up) else None))
        at_grasp = shapes.near(way.joints, cell)
        return Reached(hand, way.grasp, self._above(way.grasp), way.joints, way.up[-1], at_grasp, on_the_way)

    def _held(self, target: Target, hand: str) -> Solid | None:
        if target.part is None:
            return None
        return held_solid(target.part, self._cell.grippers[hand].grasp(target.part), self._cell.tools[hand].tcp.matrix)

    def _result(
        self,
        name: str,
        kind: str,
        target: Target | None,
        hand: str,
        tcp: Pose,
        joints: Array | None,
        near: Near,
        why: str | None = None,
    ) -> PoseResult:
        known: dict[str, Any] = {
            "name": name if kind != "approach" else f"{name}, above",
            "kind": kind,
            "place": None if target is None else target.place,
            "part": None if target is None or target.part is None else target.part.kind,
            "arm": self._cell.arm_of(hand),
            "hand": hand,
            "xyz": tcp.position.tolist(),
        }
        if joints is None:
            return PoseResult(**known, reachable=False, why=why)
        found = margins(self._kinematics(hand), joints, self._cell.tools[hand].tcp.matrix)
        return PoseResult(
            **known,
            reachable=True,
            joints=joints.tolist(),
            joint_margin=found.room,
            joint_margin_share=found.share,
            joint=found.joint,
            singular_value=found.singular,
            singular_joint=found.singular_joint,
            manipulability=found.manipulability,
            clearance=_known(near.body.distance),
            near=near.body.between or None,
            tip_clearance=_known(near.tip.distance),
            tip_near=near.tip.between or None,
            own_clearance=_known(near.own.distance),
            own_near=near.own.between or None,
        )

    def _found(self, hand: str, tcp: Pose) -> bool:
        """Whether the search that the inverse kinematics makes finds anything."""
        kinematics = self._kinematics(hand)
        goal = self._cell.flange_goal(self._cell.arm_of(hand), hand, tcp)
        starts = kinematics.starts(self._seed)
        return any(kinematics.solve_from(goal, one.copy(), RESTART_ITERATIONS) is not None for one in starts)

    def _inverse(self, hand: str, tcp: Pose, near: Array | list[float]) -> Array:
        goal = self._cell.flange_goal(self._cell.arm_of(hand), hand, tcp)
        return solve_or_explain(self._kinematics(hand), goal, near, self._seed)

    def _above(self, grasp: Pose) -> Pose:
        return grasp.offset(z=-self._approach)

    def _kinematics(self, hand: str) -> ArmKinematics:
        return self._cell.arms[self._cell.arm_of(hand)].kinematics

    def _arm_shapes(self, hand: str, target: Target | None) -> ArmShapes:
        """The arm's shapes, its jaws open as they are after they have let go of the part."""
        part = None if target is None else target.part
        arm = self._cell.arm_of(hand)
        key = arm, None if part is None else part.kind
        if key not in self._shapes:
            plan = self._cell.plan
            grippers = {role: plan.grippers[role] for role in plan.grippers_on(arm)}
            opening = None if part is None else min(part.size[:2]) + OPENING
            self._shapes[key] = ArmShapes(self._kinematics(hand), self._cell.bases[arm], grippers, opening)
        return self._shapes[key]


def _known(distance: float) -> float | None:
    return distance if math.isfinite(distance) else None


def _goodness(results: list[PoseResult]) -> tuple[int, float]:
    """More of the poses reached, then more room."""
    rooms = [room for one in results for room in (one.clearance, one.tip_clearance, one.own_clearance)]
    return sum(one.reachable for one in results), min((one for one in rooms if one is not None), default=-math.inf)
