"""Errors that add up when a part is put down, against the tolerance of the task.

Each contribution is a bound that the error nearly always keeps (three standard deviations, or the published
repeatability RP of ISO 9283). Independent errors add up as the root of the sum of their squares; the worst case is
their plain sum. The deviation of a part from its place comes from the scenario's process: a camera that finds the part
leaves its own error, jaws centre the part across the pads and leave the rest, a cup leaves all.
"""

from __future__ import annotations

import math
from functools import cache

from cellkit.cell.kinds.camera import CameraDevice
from cellkit.cell.plan import CellPlan
from cellkit.devices import Workpiece
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel
from cellkit.models.load import load_arm, model_ids
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Answers, Jitter
from cellkit.study.assumption import Assumption
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.feasibility.result import Check, Contribution, ToleranceStack, Verdict


def tolerance_stack(
    scenario: Scenario, plan: CellPlan, arm: ArmModel, parts: list[Workpiece], config: FeasibilityConfig
) -> ToleranceStack:
    """Return all contributions; an arm whose repeatability is not known contributes none."""
    contributions = [*_of_arm(arm)]
    contributions.append(_feeder(scenario, plan, parts, config))
    contributions += [_assumed(name, getattr(config, name)) for name in ("centring", "fixture", "calibration")]
    values = [contribution.value for contribution in contributions]
    tolerance = scenario.file.tolerances.position if config.tolerance is None else config.tolerance.value
    return ToleranceStack(
        tolerance=tolerance,
        contributions=contributions,
        root_sum_square=math.sqrt(sum(value * value for value in values)),
        worst_case=sum(values),
    )


def tolerance_check(stack: ToleranceStack, arm: ArmModel) -> Check:
    """Compare the stack with the tolerance, and first the arm alone."""
    repeats, tolerance = arm.repeatability.value, stack.tolerance
    largest = max(stack.contributions, key=lambda one: one.value)
    figures: dict[str, float | str] = {
        "arm": arm.name,
        "tolerance": tolerance,
        "rss": stack.root_sum_square,
        "worst": stack.worst_case,
        "largest": largest.name,
    }
    value = stack.root_sum_square
    if repeats is not None and repeats > tolerance:
        known = repeatabilities()
        best = min(known, key=lambda name: known[name])
        within = sum(value <= tolerance for value in known.values())
        verdict, message = Verdict.FAIL, "tolerance.arm" if within else "tolerance.any_arm"
        figures |= {"repeatability": repeats, "count": float(within), "best_arm": best, "best": known[best]}
        value = repeats
    elif stack.root_sum_square > tolerance:
        verdict, message = Verdict.FAIL, "tolerance.fail"
    elif repeats is None:
        verdict, message = Verdict.UNKNOWN, "tolerance.unknown"
    elif stack.worst_case > tolerance:
        verdict, message = Verdict.MARGINAL, "tolerance.marginal"
    else:
        verdict, message = Verdict.PASS, "tolerance.pass"
    return Check(
        key="tolerance",
        verdict=verdict,
        message=message,
        figures=figures,
        value=value,
        limit=tolerance,
        unit="m",
        unverified=[one.name for one in stack.contributions if not one.verified],
    )


@cache
def repeatabilities() -> dict[str, float]:
    """Return the repeatability (m) of every shipped arm whose model has one, by the arm's name."""
    models = [load_arm(model) for model in model_ids("arm")]
    return {model.name: model.repeatability.value for model in models if model.repeatability.value is not None}


def _of_arm(arm: ArmModel) -> list[Contribution]:
    figure = arm.repeatability
    if figure.value is None:
        return []
    source = arm.sources[figure.source].title
    return [
        Contribution(name=f"repeatability of {arm.name}", value=figure.value, source=source, verified=figure.verified)
    ]


def _feeder(scenario: Scenario, plan: CellPlan, parts: list[Workpiece], config: FeasibilityConfig) -> Contribution:
    """Return the deviation of parts from their place that remains after they are gripped."""
    if config.feeder is not None:
        return _assumed("feeder", config.feeder)
    kinds = {part.kind for part in parts}
    process = scenario.file.process
    source_of_jitter = process.parts if isinstance(process, Answers) else process
    jitter: Jitter = getattr(source_of_jitter, "jitter", Jitter())
    cameras = [one for one in plan.file.devices.values() if isinstance(one, CameraDevice)]
    if kinds and any(kinds <= set(one.finds) for one in cameras):
        return _assumed("vision", config.vision)
    jaws = all(isinstance(one, ParallelGripperModel) for one in plan.grippers.values()) and bool(plan.grippers)
    value = jitter.xy if jaws else math.sqrt(2.0) * jitter.xy
    source = "jitter of the scenario's process, " + ("along the pads" if jaws else "both ways")
    return Contribution(name="feeder", value=value, source=source, verified=True)


def _assumed(name: str, figure: Assumption) -> Contribution:
    return Contribution(name=name, value=figure.value, source=figure.source, verified=figure.verified)
