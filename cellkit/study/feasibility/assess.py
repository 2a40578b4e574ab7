"""All checks of one concept that need no run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cellkit.devices import Workpiece
from cellkit.errors import ConfigError
from cellkit.scenario.config import Scenario
from cellkit.scenario.needs import check_models
from cellkit.scenario.processes.config import ConveyorFeed
from cellkit.study.concepts import Concept
from cellkit.study.feasibility.config import FeasibilityConfig, check_names
from cellkit.study.feasibility.grip import (
    Acceleration,
    grip_check,
    gripper_payload_check,
    opening_check,
    planned_acceleration,
)
from cellkit.study.feasibility.loads import carried, flange_check, payload_check, wrist_check
from cellkit.study.feasibility.postures import Postures, ReachedGrasp
from cellkit.study.feasibility.result import Check, Feasibility, PoseResult, ToleranceStack, Verdict
from cellkit.study.feasibility.stack import tolerance_check, tolerance_stack
from cellkit.study.feasibility.static_cell import StaticCell, static_cell
from cellkit.study.feasibility.targets import kinds_handled, targets
from cellkit.yamlfile import Document, Location


def assess(
    scenario: Scenario,
    concept: Concept,
    config: FeasibilityConfig,
    seed: int = 1,
    *,
    quantity: int | None = None,
    document: Document | None = None,
    at: Location = ("feasibility",),
    checked: bool = False,
) -> Feasibility:
    """Carry out every check that needs no run.

    Args:
        quantity: parts of the task (it determines the height of a pallet stack).
        document: the study file; ``at`` is the place of this section in it, for the line of a wrong name.
        checked: True if ``check_names`` has checked the names against the cells of all layouts. A name that this cell
            does not have then belongs to another layout.

    Raises ``ConfigError`` and ``DriverNotFound`` for bad input; an impossible task is a check that fails.
    """
    cell = static_cell(scenario, concept, config)
    if not checked:
        check_names(config, [cell.plan], document, at)
    parts = list(kinds_handled(scenario.file.process, cell.plan, config).values())
    poses, reached = _postures(scenario, cell, config, seed, quantity)
    checks = [_needs(scenario, cell)]
    checks += _pose_checks(poses, config)
    if cell.mountings:
        checks.append(_worst([flange_check(mounting) for mounting in cell.mountings.values()]))
    fastest: Acceleration | None = None
    stacks: list[tuple[ToleranceStack, Check]] = []
    loads: list[Check] = []
    grips: list[Check] = []
    for role, arm in cell.arms.items():
        hands = cell.plan.grippers_on(role)
        heaviest = max(parts, key=lambda part: part.mass, default=None)
        mass = 0.0 if heaviest is None else heaviest.mass * len(hands)
        loads.append(payload_check(arm.model, carried(cell, role, None), mass, config))
        loads.append(
            _worst([wrist_check(arm.kinematics, carried(cell, role, part), config) for part in parts or (None,)])
        )
        for hand in hands:
            ways = _ways([grasp for grasp in reached if grasp.hand == hand])
            tcp = cell.tools[hand].tcp.matrix
            planned = planned_acceleration(arm.kinematics, tcp, ways, config.carry.value, concept.speed)
            if fastest is None or planned.value > fastest.value:
                fastest = planned
            grips += _grip_checks(cell, hand, parts, planned.value, config)
        stack = tolerance_stack(scenario, cell.plan, arm.model, parts, config)
        stacks.append((stack, tolerance_check(stack, arm.model)))
    checks += _by_key([*loads, *grips])
    stack, tolerance = max(stacks, key=lambda pair: (_rank(pair[1]), pair[0].root_sum_square))
    checks.append(tolerance)
    return Feasibility(
        concept=concept.id,
        arm="+".join(model.id for model in cell.plan.arms.values()),
        gripper="+".join(model.id for model in cell.plan.grippers.values()) or None,
        layout=concept.layout,
        speed=concept.speed,
        checks=checks,
        poses=poses,
        stack=stack,
        acceleration=None if fastest is None else fastest.value,
        acceleration_source="" if fastest is None else fastest.source,
        not_checked=_not_checked(scenario, cell),
    )


def _postures(
    scenario: Scenario, cell: StaticCell, config: FeasibilityConfig, seed: int, quantity: int | None
) -> tuple[list[PoseResult], list[ReachedGrasp]]:
    """Return every required pose, and the grasps that were reached."""
    finder = Postures(cell, config.approach.value, seed)
    poses: list[PoseResult] = []
    reached: list[ReachedGrasp] = []
    for target in targets(scenario, cell.plan, config, quantity) if cell.grippers else ():
        results, grasp = finder.of_target(target)
        poses += results
        if grasp is not None and target.part is not None:
            reached.append(grasp)
    for number, stated in enumerate(config.poses):
        if stated.frame not in cell.plan.layout.frames or (stated.hand and stated.hand not in cell.grippers):
            continue
        tcp = cell.plan.layout.pose(stated, ("poses", number))
        poses.append(finder.stated(stated.name, tcp, (stated.hand,) if stated.hand else tuple(cell.grippers)))
    return poses, reached


def _ways(reached: Sequence[ReachedGrasp]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the joints above each grasp and above the next one, in a circle: the ways on which a part is carried."""
    round_ = [*reached, *reached[:1]]
    return [(a.above, b.above) for a, b in pairwise(round_) if not np.array_equal(a.above, b.above)]


def _needs(scenario: Scenario, cell: StaticCell) -> Check:
    """Check the scenario's ``needs`` against the models."""
    try:
        check_models(scenario.file.needs, cell.plan, scenario.document)
    except ConfigError as error:
        if error.file is not None:
            raise
        return Check(key="needs", verdict=Verdict.FAIL, message="needs.fail", figures={"reason": str(error)})
    return Check(key="needs", verdict=Verdict.PASS, message="needs.pass")


def _pose_checks(poses: Sequence[PoseResult], config: FeasibilityConfig) -> list[Check]:
    reached = [pose for pose in poses if pose.reachable]
    return [
        _reach(poses),
        _joint_margin(reached, config.joint_margin.value),
        _singularity(reached, config.singularity.value),
        _clearance(reached, config.clearance.value),
    ]


def _reach(poses: Sequence[PoseResult]) -> Check:
    if not poses:
        return Check(key="reach", verdict=Verdict.UNKNOWN, message="reach.unknown")
    missed = [pose for pose in poses if not pose.reachable]
    figures: dict[str, float | str] = {"required": float(len(poses)), "missing": float(len(missed))}
    if missed:
        figures |= {"pose": missed[0].name, "reason": missed[0].why or ""}
    return Check(
        key="reach",
        verdict=Verdict.FAIL if missed else Verdict.PASS,
        message="reach.fail" if missed else "reach.pass",
        figures=figures,
        value=1.0 - len(missed) / len(poses),
        limit=1.0,
        unit="share",
    )


def _joint_margin(reached: Sequence[PoseResult], wanted: float) -> Check:
    if not reached:
        return Check(key="joint_margin", verdict=Verdict.UNKNOWN, message="joint_margin.unknown")
    ended = [(pose.joint_margin, pose) for pose in reached if pose.joint_margin is not None]
    if not ended:
        return Check(key="joint_margin", verdict=Verdict.PASS, message="joint_margin.endless")
    room, worst = min(ended, key=lambda pair: pair[0])
    verdict = Verdict.PASS if room >= wanted else Verdict.MARGINAL
    return Check(
        key="joint_margin",
        verdict=verdict,
        message=f"joint_margin.{verdict.value}",
        figures={
            "room": room,
            "share": worst.joint_margin_share or 0.0,
            "joint": worst.joint or "",
            "pose": worst.name,
            "wanted": wanted,
        },
        value=room,
        limit=wanted,
        unit="rad",
    )


def _singularity(reached: Sequence[PoseResult], limit: float) -> Check:
    if not reached:
        return Check(key="singularity", verdict=Verdict.UNKNOWN, message="singularity.unknown")
    worst = min(reached, key=lambda pose: pose.singular_value or 0.0)
    value = worst.singular_value or 0.0
    verdict = Verdict.PASS if value >= limit else Verdict.MARGINAL
    return Check(
        key="singularity",
        verdict=verdict,
        message=f"singularity.{verdict.value}",
        figures={"value": value, "limit": limit, "pose": worst.name, "joint": worst.singular_joint or ""},
        value=value,
        limit=limit,
        unit="m/rad",
    )


def _clearance(reached: Sequence[PoseResult], wanted: float) -> Check:
    """Check that bodies do not intersect, and that links and gripper bodies keep ``wanted`` m from the cell."""
    if not reached:
        return Check(key="clearance", verdict=Verdict.UNKNOWN, message="clearance.unknown")
    bodies = [(pose.clearance, pose.near, pose) for pose in reached if pose.clearance is not None]
    tips = [(pose.tip_clearance, pose.tip_near, pose) for pose in reached if pose.tip_clearance is not None]
    own = [(pose.own_clearance, pose.own_near, pose) for pose in reached if pose.own_clearance is not None]
    deepest = min([*bodies, *tips, *own], key=lambda entry: entry[0], default=None)
    if deepest is None or not bodies:
        return Check(key="clearance", verdict=Verdict.PASS, message="clearance.free")
    inside = deepest[0] < 0.0
    distance, between, pose = deepest if inside else min(bodies, key=lambda entry: entry[0])
    verdict = Verdict.FAIL if inside else Verdict.PASS if distance >= wanted else Verdict.MARGINAL
    return Check(
        key="clearance",
        verdict=verdict,
        message=f"clearance.{verdict.value}",
        figures={
            "distance": distance,
            "depth": -distance,
            "between": between or "",
            "pose": pose.name,
            "wanted": wanted,
        },
        value=distance,
        limit=wanted,
        unit="m",
    )


def _grip_checks(
    cell: StaticCell, hand: str, parts: Sequence[Workpiece], acceleration: float, config: FeasibilityConfig
) -> list[Check]:
    gripper, arm = cell.plan.grippers[hand], cell.plan.arms[cell.arm_of(hand)]
    unverified = [] if arm.limits.acceleration.verified else [f"joint accelerations of {arm.name}"]
    checks: list[Check] = []
    for part in parts:
        checks.append(opening_check(gripper, part))
        checks.append(gripper_payload_check(gripper, part))
        checks.append(grip_check(gripper, part, acceleration, config.grip_safety.value, unverified))
    return checks


def _by_key(checks: Sequence[Check]) -> list[Check]:
    """Return the worst check of each key."""
    keys = dict.fromkeys(check.key for check in checks)
    return [_worst([check for check in checks if check.key == key]) for key in keys]


def _worst(checks: Sequence[Check]) -> Check:
    """Return the worst of several checks; of equal verdicts the one that uses the largest share of its limit."""
    return max(checks, key=lambda check: (_rank(check), _used(check)))


def _rank(check: Check) -> int:
    order = [Verdict.PASS, Verdict.UNKNOWN, Verdict.MARGINAL, Verdict.FAIL]
    return order.index(check.verdict)


def _used(check: Check) -> float:
    if check.value is None or not check.limit:
        return check.value or 0.0
    # A grip must exceed its limit; all other values must stay below theirs.
    return check.limit / check.value if check.key == "grip_force" else check.value / check.limit


def _not_checked(scenario: Scenario, cell: StaticCell) -> list[str]:
    keys = ["ways", "postures", "shapes", "load_diagram"]
    if cell.grippers:
        keys.append("peeling")
    if len(cell.arms) > 1:
        keys.append("other_arms")
    if isinstance(scenario.file.process, ConveyorFeed):
        keys.append("moving")
    return [f"not_checked.{key}" for key in keys]
