"""The claim of the project, run: ten scenarios in physics, on many arms directly and by wire with several vendors.

``CELLKIT_SEEDS`` is the number of seeds of the whole matrix (20). Arms and pairs that a task does not allow are not in
these tables; `cellkit matrix all` states the reason.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from cellkit import registry
from cellkit.models.load import load_arm
from cellkit.scenario.runner import CommandPath
from cellkit.study.matrix.plan import Request, plan_matrix
from cellkit.study.matrix.report import MatrixReport, make_report
from cellkit.study.proportion import lower_bound
from cellkit.study.runs.local import run_locally

SEEDS = int(os.environ.get("CELLKIT_SEEDS", "20"))
ALL = ("ur5e", "crx-10ia", "irb-1200", "kr6-r900", "gp7", "fr3", "xarm6", "tx2-60")
LINES = ("ur5e", "crx-10ia", "gp7", "fr3")
LONG = ("ur5e", "ur10e", "crx-10ia", "irb-1200", "kr6-r900", "gp7", "fr3", "hc10")
HEAVY = ("ur10e", "ur20", "crx-10ia", "hc10")


@dataclass(frozen=True)
class Claim:
    """Arms by the direct path and by wire; the slice takes one of each, with a number of parts."""

    direct: tuple[str, ...] = ALL
    wire: tuple[str, ...] = LINES
    slice_direct: str = "xarm6"
    slice_wire: str = "gp7"
    parts: int = 1


CLAIMS = {
    "pick_and_place": Claim(slice_direct="fr3", slice_wire="irb-1200"),
    "palletise": Claim(HEAVY, ("ur10e", "crx-10ia", "hc10"), "crx-10ia", "hc10"),
    "machine_tending": Claim(slice_direct="kr6-r900", slice_wire="gp7"),
    "conveyor_pick": Claim(slice_direct="tx2-60", slice_wire="kr6-r900"),
    "kitting_with_vision": Claim(LONG, LINES, "ur5e", "gp7"),
    "peg_in_hole": Claim(slice_direct="irb-1200", slice_wire="gp7"),
    "screwdriving": Claim(slice_direct="gp7", slice_wire="crx-10ia"),
    "polishing": Claim(slice_direct="fr3", slice_wire="irb-1200"),
    "dual_arm_handover": Claim(
        (
            "ur5e+fr3",
            "crx-10ia+gp7",
            "irb-1200+xarm6",
            "kr6-r900+crx-10ia",
            "gp7+kr6-r900",
            "fr3+irb-1200",
            "xarm6+ur10e",
            "tx2-60+ur5e",
        ),
        ("ur5e+fr3", "crx-10ia+gp7", "gp7+kr6-r900"),
        "kr6-r900+crx-10ia",
        "gp7+irb-1200",
    ),
    "shared_workspace": Claim(slice_direct="crx-10ia", slice_wire="gp7"),
}
SLOW = {
    ("polishing", "wire"),
    ("peg_in_hole", "wire"),
    ("machine_tending", "wire"),
    ("shared_workspace", "wire"),
    ("conveyor_pick", "wire"),
    ("kitting_with_vision", "wire"),
    ("machine_tending", "direct"),  # quick in the kinematic world: tests/scenario/test_faults.py
    ("shared_workspace", "direct"),  # quick in the kinematic world: tests/scenario/test_faults_among_arms_and_people.py
}
"""The parts of the slice that take longer than the quick tests allow."""
THERE = [name for name in CLAIMS if name in registry.scenario_files()]


def vendors(arms: tuple[str, ...]) -> set[str]:
    return {load_arm(model).vendor.name for arm in arms for model in arm.split("+")}


def test_the_tables_claim_what_is_promised() -> None:
    assert len(CLAIMS) == 10
    assert list(CLAIMS) == THERE, "every scenario is shipped"
    for name, claim in CLAIMS.items():
        assert len(set(claim.direct)) >= 4, name
        assert len(vendors(claim.wire)) >= 3, name
    tried = vendors(tuple(one for claim in CLAIMS.values() for one in (claim.slice_direct, claim.slice_wire)))
    assert len(tried) >= 7, "the slice is spread over vendors"


def measured(name: str, arms: tuple[str, ...], path: CommandPath, seeds: int) -> MatrixReport:
    plan = plan_matrix(Request([name], arms, [path], seeds))
    assert plan.excluded == []
    jobs = plan.jobs()
    return make_report(plan, jobs, run_locally(jobs, 1, lambda *_: None))


@pytest.mark.long
@pytest.mark.timeout(0)  # hundreds of runs
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("name", THERE)
def test_every_run_of_the_whole_matrix_is_good(name: str, path: CommandPath) -> None:
    claim = CLAIMS[name]
    arms = claim.direct if path == "direct" else claim.wire
    report = measured(name, arms, path, SEEDS)
    assert [run.failure for run in report.runs if not run.success] == []
    assert [(cell.arm, cell.good, cell.runs) for cell in report.cells] == [(arm, SEEDS, SEEDS) for arm in arms]
    assert all(cell.at_least == pytest.approx(lower_bound(SEEDS, SEEDS)) for cell in report.cells)
    assert all(cell.collisions == 0 for cell in report.cells)
    (program,) = report.programs
    assert (program.runs, program.texts, program.lines_changed) == (SEEDS * len(arms), 1, 0)


def the_slice() -> list[object]:
    every = [(name, path) for name in THERE for path in ("direct", "wire")]
    return [pytest.param(*one, marks=[pytest.mark.long] if one in SLOW else []) for one in every]


@pytest.mark.parametrize(("name", "path"), the_slice())
def test_a_slice_of_the_matrix(name: str, path: CommandPath) -> None:
    claim = CLAIMS[name]
    arm = claim.slice_direct if path == "direct" else claim.slice_wire
    (job,) = plan_matrix(Request([name], [arm], [path], quantity=claim.parts)).jobs()
    record = job.carry_out().record
    assert record.success, record.failure
    assert record.arm == arm
    assert record.parts_judged
    assert record.parts_good == record.parts_total == claim.parts
    assert record.collisions == 0
