"""One program text per scenario, on every arm and path: the text is measured where it is run, in a worker."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cellkit import registry
from cellkit.scenario.config import read_scenario
from cellkit.study.matrix.plan import Plan, Request, plan_matrix
from cellkit.study.matrix.report import make_report
from cellkit.study.runs.local import run_locally

ARMS = ["gp7", "irb-120", "xarm6"]
EDITS_ITSELF = """
import pathlib

async def main(cell):
    file = pathlib.Path(__file__)
    text = file.read_text()
    file.write_text(text + "# a line for this brand\\n")
"""


def planned(*scenarios: str) -> Plan:
    return plan_matrix(Request(scenarios, ARMS, ["direct", "wire"], world="kinematic", quantity=1))


@pytest.mark.parametrize(
    "scenarios", [("feeder_pick",), pytest.param(("pick_and_place", "feeder_pick"), marks=pytest.mark.long)]
)
def test_the_text_that_every_cell_has_run_is_the_same(scenarios: tuple[str, ...]) -> None:
    plan = planned(*scenarios)
    found = make_report(plan, plan.jobs(), run_locally(plan.jobs(), 1, lambda *_: None))
    assert found.good == len(found.runs) == 6 * len(scenarios)
    for program in found.programs:
        file = read_scenario(program.scenario).program_file
        assert program.runs == 6, program.scenario
        assert program.texts == 1
        assert program.lines_changed == 0
        assert program.lines == len(file.read_text(encoding="utf-8").splitlines())
        assert program.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
        hashes = {record.program_sha256 for record in found.runs if record.scenario == program.scenario}
        assert hashes == {program.sha256}, "the runner reports the same hash for each run"


def test_a_text_that_changes_on_the_way_is_found_out(tmp_path: Path) -> None:
    """The program adds a line to itself in each run, as if it were adapted to the next brand."""
    shipped = registry.scenario_files()["pick_and_place"].parent
    for name in ("cell.yaml", "scenario.yaml"):
        (tmp_path / name).write_bytes((shipped / name).read_bytes())
    (tmp_path / "program.py").write_text(EDITS_ITSELF, encoding="utf-8")
    plan = planned(str(tmp_path))
    (program,) = make_report(plan, plan.jobs(), [job.carry_out() for job in plan.jobs()]).programs
    assert program.texts == program.runs == 6
    assert program.lines_changed == 5
