"""The postures in which the arm reaches the required poses, with their margins and clearances.

Inverse kinematics is the product's own, from the home position, as after ``move_joint(home)``. Of equally good grasps
the one is taken that the arm would choose itself. If it collides, the next grasp is tried, then other postures.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cellkit.devices.arm import CRAMPED
from cellkit.devices.parallel_gripper import OPENING
from cellkit.errors import Unreachable
from cellkit.geometry import Array, Pose, largest
from cellkit.motion.kinematics import CHARACTERISTIC_LENGTH, RESTART_ITERATIONS, ArmKinematics
from cellkit.motion.unreachable_reason import solve_or_explain
from cellkit.study.feasibility.clearance import ArmShapes, Clearances
from cellkit.study.feasibility.result import PoseResult
from cellkit.study.feasibility.shapes import Solid
from cellkit.study.feasibility.static_cell import StaticCell
from cellkit.study.feasibility.surroundings import Surroundings, held_solid
from cellkit.study.feasibility.targets import Target

STRAIGHT = 4
"""Number of steps of the straight way between approach and grasp at which clearance is checked."""
JUMP = 0.6
"""rad between two of these steps; more is a change of posture."""
BELOW = "the grasp below it cannot be reached"
OTHERWISE = "it is reached in another posture only, not straight from the grasp"
OTHER_POSTURES = 8
"""Number of starts for other postures if the first ones collide."""


@dataclass(frozen=True)
class Margins:
    """The margins of one posture, as in ``PoseResult``."""

    joint_margin: float | None
    joint_margin_share: float | None
    joint: str | None
    singular_value: float
    singular_joint: str
    manipulability: float


@dataclass(frozen=True)
class ReachedGrasp:
    """A grasp, the way to it, and the clearances of both."""

    hand: str
    grasp: Pose
    approach: Pose
    joints: Array
    above: Array
    at_grasp: Clearances
    on_the_way: Clearances

    @property
    def deepest(self) -> float:
        """The smallest of all distances (m)."""
        return min(self.at_grasp.deepest, self.on_the_way.deepest)


@dataclass(frozen=True)
class _StraightWay:
    """A grasp, its joints (None: not reached) and those of the straight way up; ``why`` this way is impossible."""

    number: int
    grasp: Pose
    joints: Array | None
    up: tuple[Array, ...]
    why: str | None = None


def margins(kinematics: ArmKinematics, joints: Array, tcp: Array) -> Margins:
    """Return the distances from joint limits and from a singularity. ``tcp``: (4, 4) in the flange."""
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
    """Finds the postures for one cell. ``approach`` (m) above every grasp."""

    def __init__(self, cell: StaticCell, approach: float, seed: int) -> None:
        self._cell, self._approach, self._seed = cell, approach, seed
        self._surroundings = Surroundings(cell.plan)
        self._shapes: dict[tuple[str, str | None], ArmShapes] = {}

    def of_target(self, target: Target) -> tuple[list[PoseResult], ReachedGrasp | None]:
        """Return grasp and approach by one gripper (or by each), and the last grasp that was reached."""
        results: list[PoseResult] = []
        reached: ReachedGrasp | None = None
        best: list[PoseResult] = []
        for hand in target.hands:
            poses, grasp = self._by_hand(target, hand)
            reached = grasp or reached
            if target.every:
                results += poses
            elif not best or _goodness(poses) > _goodness(best):
                best = poses
            if not target.every and grasp is not None and grasp.deepest >= 0.0:
                break
        return [*results, *best], reached

    def stated(self, name: str, tcp: Pose, hands: tuple[str, ...]) -> PoseResult:
        """Return the result of a pose from the study file, by the best of these grippers."""
        results = [self._stated(name, tcp, hand) for hand in hands]
        return max(results, key=lambda result: _goodness([result]))

    def _stated(self, name: str, tcp: Pose, hand: str) -> PoseResult:
        kinematics = self._kinematics(hand)
        try:
            joints = self._inverse(hand, tcp, kinematics.model.home)
        except Unreachable as error:
            return self._result(name, "stated", None, hand, tcp, None, Clearances(), str(error))
        near = self._arm_shapes(hand, None).near(joints, self._surroundings.at(None))
        return self._result(name, "stated", None, hand, tcp, joints, near)

    def _by_hand(self, target: Target, hand: str) -> tuple[list[PoseResult], ReachedGrasp | None]:
        grasps = self._grasps(target, hand)
        reached: ReachedGrasp | None = None
        failed: _StraightWay | None = None
        hopeless: set[int] = set()
        for way in self._ways(hand, grasps, hopeless):
            if way.why is not None:
                # A grasp that is reached, though not from above, is more informative than one that is not reached.
                failed = way if failed is None or (failed.joints is None and way.joints is not None) else failed
                continue
            candidate = self._with_clearances(target, hand, way)
            if candidate.at_grasp.hopeless or candidate.on_the_way.hopeless:
                hopeless.add(way.number)
            if reached is None or candidate.deepest > reached.deepest:
                reached = candidate
            if candidate.deepest >= 0.0:
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
            self._result(target.name, "grasp", target, hand, grasp, failed.joints, Clearances(), why),
            self._result(target.name, "approach", target, hand, above, None, Clearances(), why_above),
        ], None

    def _grasps(self, target: Target, hand: str) -> list[Pose]:
        """Return the TCP poses in ``world``, all equally good."""
        if target.part is None:
            return [target.at @ Pose.from_rpy((0.0, 0.0, 0.0), (math.pi, 0.0, 0.0))]
        return self._cell.grippers[hand].grasp_poses(target.part, target.at.offset(z=target.part.size[2] / 2))

    def _ways(self, hand: str, grasps: list[Pose], hopeless: Container[int]) -> Iterator[_StraightWay]:
        """Yield grasps with their posture and the straight way up.

        The arm's own choice comes first, then other postures, except those of grasps that turned out ``hopeless``.
        """
        kinematics = self._kinematics(hand)
        home = np.array(kinematics.model.home)
        ranked: list[tuple[bool, float, int, Array]] = []
        reported = False
        for number, grasp in enumerate(grasps):
            if reported and not self._solvable(hand, grasp):
                continue
            try:
                joints = self._inverse(hand, grasp, home)
            except Unreachable as error:
                reported = True  # one reason is enough: finding it costs far more than the search itself
                yield _StraightWay(number, grasp, None, (), str(error))
                continue
            limits = kinematics.limits
            cramped = bool(np.minimum(joints - limits.lower, limits.upper - joints).min() < CRAMPED)
            ranked.append((cramped, largest((joints - home) / limits.velocity), number, joints))
        for _, _, number, joints in sorted(ranked, key=lambda entry: entry[:3]):
            yield self._up(hand, number, grasps[number], joints)
        for start in kinematics.starts(self._seed)[:OTHER_POSTURES]:
            for number, joints in [entry[2:] for entry in ranked if entry[2] not in hopeless]:
                goal = self._cell.flange_goal(self._cell.arm_of(hand), hand, grasps[number])
                other = kinematics.solve_from(goal, start.copy())
                if other is not None and largest(other - joints) > JUMP:
                    yield self._up(hand, number, grasps[number], other)

    def _up(self, hand: str, number: int, grasp: Pose, joints: Array) -> _StraightWay:
        """Return the way from a grasp straight up to the approach, which comes last."""
        kinematics = self._kinematics(hand)
        arm = self._cell.arm_of(hand)
        up: list[Array] = []
        for step in range(1, STRAIGHT + 1):
            goal = self._cell.flange_goal(arm, hand, grasp.offset(z=-self._approach * step / STRAIGHT))
            last = up[-1] if up else joints
            solution = kinematics.solve_from(goal, last.copy())
            if solution is None or largest(solution - last) > JUMP:
                try:
                    solve_or_explain(kinematics, goal, last, self._seed)
                except Unreachable as error:
                    return _StraightWay(number, grasp, joints, (), str(error))
                return _StraightWay(number, grasp, joints, (), OTHERWISE)
            up.append(solution)
        return _StraightWay(number, grasp, joints, tuple(up))

    def _with_clearances(self, target: Target, hand: str, way: _StraightWay) -> ReachedGrasp:
        assert way.joints is not None
        cell, shapes = self._surroundings.at(target), self._arm_shapes(hand, target)
        held = self._held(target, hand)
        on_the_way = Clearances()
        for number, joints in enumerate(way.up, 1):
            on_the_way = on_the_way.or_nearer(shapes.near(joints, cell, held if number == len(way.up) else None))
        at_grasp = shapes.near(way.joints, cell)
        return ReachedGrasp(hand, way.grasp, self._above(way.grasp), way.joints, way.up[-1], at_grasp, on_the_way)

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
        near: Clearances,
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
        return PoseResult(
            **known,
            reachable=True,
            joints=joints.tolist(),
            **asdict(margins(self._kinematics(hand), joints, self._cell.tools[hand].tcp.matrix)),
            clearance=_known(near.body.distance),
            near=near.body.between or None,
            tip_clearance=_known(near.tip.distance),
            tip_near=near.tip.between or None,
            own_clearance=_known(near.own.distance),
            own_near=near.own.between or None,
        )

    def _solvable(self, hand: str, tcp: Pose) -> bool:
        """Return whether the search of the inverse kinematics finds a solution."""
        kinematics = self._kinematics(hand)
        goal = self._cell.flange_goal(self._cell.arm_of(hand), hand, tcp)
        starts = kinematics.starts(self._seed)
        return any(kinematics.solve_from(goal, start.copy(), RESTART_ITERATIONS) is not None for start in starts)

    def _inverse(self, hand: str, tcp: Pose, near: Array | list[float]) -> Array:
        goal = self._cell.flange_goal(self._cell.arm_of(hand), hand, tcp)
        return solve_or_explain(self._kinematics(hand), goal, near, self._seed)

    def _above(self, grasp: Pose) -> Pose:
        return grasp.offset(z=-self._approach)

    def _kinematics(self, hand: str) -> ArmKinematics:
        return self._cell.arms[self._cell.arm_of(hand)].kinematics

    def _arm_shapes(self, hand: str, target: Target | None) -> ArmShapes:
        """Return the arm's shapes, its jaws as wide open as after the release of the part."""
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
    """Rank more reached poses first, then more clearance."""
    rooms = [room for pose in results for room in (pose.clearance, pose.tip_clearance, pose.own_clearance)]
    return sum(pose.reachable for pose in results), min((room for room in rooms if room is not None), default=-math.inf)
