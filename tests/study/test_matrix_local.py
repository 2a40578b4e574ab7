"""Runs spread over processes: a dead process costs only its own run, and scenarios do not affect each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_rig import HOME, planned, report_of, scenario

from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run
from cellkit.study.runs.local import run_locally

DIES = "import os, signal\nasync def main(cell):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
CRASHES = "import ctypes\nasync def main(cell):\n    ctypes.string_at(0)\n"
IMPORTS = "import helper\nasync def main(cell):\n    assert helper.NAME == '{0}', helper.NAME\n"


def importing(folder: Path, name: str) -> Path:
    """Write a scenario whose program imports a module with the same name as another scenario's."""
    file = scenario(folder / name, IMPORTS.format(name), name)
    (folder / name / "helper.py").write_text(f"NAME = '{name}'\n", encoding="utf-8")
    return file


def test_a_process_that_dies_costs_only_its_own_run(tmp_path: Path) -> None:
    """Use one place, so that the following runs need a new process."""
    killed = scenario(tmp_path / "killed", DIES, "killed")
    plan = planned(importing(tmp_path, "one"), importing(tmp_path, "two"), killed, importing(tmp_path, "three"))
    reported: list[tuple[int, bool]] = []
    outcomes = run_locally(plan.jobs(), 1, lambda number, outcome: reported.append((number, outcome.record.success)))
    assert reported == [(0, True), (1, True), (2, False), (3, True)]
    report = report_of(plan, outcomes)
    assert {cell.scenario: cell.failure for cell in report.cells} == {
        "one": None,
        "two": None,
        "killed": "seed 1: its process died (SIGKILL: is there too little memory?)",
        "three": None,
    }
    measured = {one.scenario: (one.texts, one.lines, one.lines_changed) for one in report.programs}
    assert measured == {"one": (1, 4, 0), "two": (1, 4, 0), "three": (1, 4, 0), "killed": (0, 0, 0)}


@pytest.mark.long
def test_outcomes_are_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    crashed = scenario(tmp_path / "crashed", CRASHES, "crashed")
    plan = planned(importing(tmp_path, "one"), crashed, importing(tmp_path, "two"), seeds=4)
    outcomes = run_locally(plan.jobs(), 3, lambda *_: None)
    assert [(one.record.scenario, one.record.seed, one.record.success) for one in outcomes] == [
        (name, seed, name != "crashed") for name in ("one", "crashed", "two") for seed in (1, 2, 3, 4)
    ]
    whys = {one.record.failure.what for one in outcomes if one.record.failure is not None}
    assert whys == {"its process died (SIGSEGV)"}


def test_nothing_to_do() -> None:
    assert run_locally([], 2, lambda *_: None) == []


def test_a_mistake_in_this_software_fails_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error becomes a failed run with its name; the other runs continue."""

    def mistaken(run: Run) -> RunRecord:
        raise ZeroDivisionError

    (job,) = planned(scenario(tmp_path / "job", HOME)).jobs()
    monkeypatch.setattr(Run, "execute", mistaken)
    outcome = job.carry_out()
    assert outcome.record.failure is not None
    assert outcome.record.failure.what == "ZeroDivisionError"
    assert outcome.impossible is None
