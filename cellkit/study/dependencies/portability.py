"""Runs the unchanged program on other arms of the class, to measure its portability (L2)."""

from __future__ import annotations

from cellkit.models.load import load_arm, model_ids
from cellkit.study.dependencies.config import DependenciesConfig
from cellkit.study.dependencies.result import Portability, RefusedReplacement, Trial
from cellkit.study.dependencies.subject import Subject
from cellkit.study.dependencies.trials import Trials, Variant
from cellkit.study.matrix.plan import Request, plan_matrix


def portability(subject: Subject, config: DependenciesConfig, trials: Trials) -> Portability:
    """Run the program on every arm of the class, the present one included; a cell of several arms runs by pairs.

    An arm that the checks refuse counts as failed: it cannot replace the present arm.
    """
    assert subject.scenario is not None
    limits, arms = arms_of_class(subject, config)
    gripper = ",".join(f"{role}={subject.models[role]}" for role in subject.plan.grippers) or None
    request = Request([subject.reference], arms, ["direct"], config.seeds, gripper, trials.world, subject.quantity)
    plan = plan_matrix(request)
    results = trials.run([Variant(entry, gripper) for entry in plan.entries], config.seeds)
    refused = [(one.arm, one.why) for one in plan.excluded]
    refused += [(entry.label, why) for entry, why in zip(plan.entries, results, strict=True) if isinstance(why, str)]
    vendors = {load_arm(arm).id: load_arm(arm).vendor.name for arm in arms}
    return Portability(
        arms=list(vendors),
        lightest=limits[0],
        heaviest=limits[1],
        shortest=limits[2],
        longest=limits[3],
        takt=config.takt,
        trials=[result for result in results if isinstance(result, Trial)],
        refused=[RefusedReplacement(model=arm, vendor=vendors.get(arm, ""), why=why) for arm, why in refused],
        lines_changed=trials.lines_changed(),
        share=sum(isinstance(result, Trial) and result.passed for result in results) / len(arms),
    )


Limits = tuple[float | None, float | None, float | None, float | None]


def arms_of_class(subject: Subject, config: DependenciesConfig) -> tuple[Limits, list[str]]:
    """Return the limits of payload (kg) and reach (m) and the arms within them, or the arms that the study names."""
    if config.arms:
        return (None, None, None, None), list(config.arms)
    role, present = next(iter(subject.plan.arms.items()))
    payload, reach = present.payload.value, present.layout_reach
    if payload is None or reach is None:
        return (None, None, None, None), model_ids("arm")
    (light, heavy), (short, long) = config.arm_class.payload, config.arm_class.reach
    limits = light * payload, heavy * payload, short * reach, long * reach
    arms = []
    for name in model_ids("arm"):
        model = load_arm(name)
        if model.payload.value is None or model.layout_reach is None:
            continue
        if limits[0] <= model.payload.value <= limits[1] and limits[2] <= model.layout_reach <= limits[3]:
            arms.append(name)
    if present.id not in arms:
        arms.append(subject.models[role])
    return limits, arms
