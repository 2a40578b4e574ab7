"""A whole study, from its file to the result: every figure comes from a run, and can be traced back to it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import pytest
from study_rig import SMALL, study

from cellkit.scenario.config import read_scenario
from cellkit.study.cycle.table import cycle_table
from cellkit.study.report.write import json_text
from cellkit.study.result import StudyResult
from cellkit.study.run_study import StudyResources, run_study
from cellkit.study.runs.execute import execute_runs
from cellkit.study.runs.job import Observation
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.sweep import concept_runs
from cellkit.study.study_file import Study

TASK = {**SMALL["task"], "seeds": 1, "shifts": 1}
_FOLDER = TemporaryDirectory()


@cache
def conducted() -> tuple[StudyResult, Study, list[Observation]]:
    """Run a study of one able and one unable arm; return its result with the stored observations."""
    folder = Path(_FOLDER.name)
    small = study(
        folder,
        task=TASK,
        demand={"parts_per_year": 5_000_000},
        concepts={"arms": ["gp7", "lite6"], "grippers": ["2f-85"]},
        business={**SMALL["business"], "prices": {"gp7": 26000, "lite6": 9000, "2f-85": 4500}},
        feasibility={},
        shift={"hours": 1, "seeds": 2, "faults": {"robot": {"mtbf": 2.0, "repair": 5}}},
    )
    with RunStore(folder / "runs.sqlite") as store:
        result = run_study(small, StudyResources(store), "2026-11-27", "cellkit study study.yaml")
        jobs = [small.job(one, seed) for one in small.concepts[:1] for seed in small.seeds]
        before = len(store_keys(store))
        kept = execute_runs(jobs, store)
        assert len(store_keys(store)) == before, "a run is not repeated"
    return result, small, kept


def store_keys(store: RunStore) -> list[str]:
    return [str(row[0]) for row in store._connection.execute("SELECT key FROM runs")]


def test_runs_and_cycle_are_those_of_the_stored_runs() -> None:
    result, small, kept = conducted()
    concept = result.concepts[0]
    assert concept.runs == concept_runs(small.concepts[0], kept)
    assert concept.cycle == cycle_table([one.activities for one in kept], small.file.cycle, None)
    traced = {(run.concept, run.seed): run.sha256 for run in result.reproducibility.runs}
    assert traced == {(small.concepts[0].id, one.record.seed): one.record.trace_sha256 for one in kept}


def test_the_comparison_repeats_the_figures_of_the_parts() -> None:
    result, _, _ = conducted()
    concept, row = result.concepts[0], result.comparison[0]
    assert concept.runs is not None
    assert concept.shift is not None
    assert concept.energy is not None
    assert concept.energy.per_part is not None
    assert concept.business is not None
    assert (row.good, row.runs, row.proven) == (concept.runs.good, concept.runs.runs, concept.runs.at_least)
    assert row.cycle_mean == concept.runs.cycle_mean
    assert row.energy_per_part == concept.energy.per_part.value
    assert row.npv == concept.business.after_tax.npv
    assert row.capex == concept.business.capex_total
    rates = [one.elements.gq / one.elements.pbt * 3600.0 for one in concept.shift.shifts]
    assert row.parts_per_hour == pytest.approx(fmean(rates))


def test_the_business_case_uses_the_output_of_the_shift() -> None:
    result, _, _ = conducted()
    concept = result.concepts[0]
    assert concept.shift is not None
    assert concept.business is not None
    made = concept.shift.shifts[0].elements
    figures = {bar.figure: bar.base for bar in concept.business.tornado}
    assert figures["performance.parts_per_hour"] == pytest.approx(made.pq / made.pbt * 3600.0)


def test_a_batch_of_the_shift_is_a_run_of_the_task() -> None:
    result, small, _ = conducted()
    shift = result.concepts[0].shift
    assert shift is not None
    assert shift.shifts[0].batch == TASK["quantity"] != read_scenario(small.concepts[0].scenario).file.quantity


def test_an_impossible_concept_is_reported_and_the_others_are_complete() -> None:
    result, _, _ = conducted()
    good, bad = result.concepts
    assert good.impossible is None
    assert bad.impossible is not None
    assert bad.advice.word == "no-go"
    assert [reason.key for reason in bad.advice.reasons] == ["impossible"]
    assert bad.runs is None
    assert bad.business is None
    assert result.comparison[1].runs is None


def test_the_result_reads_back_and_holds_no_path_of_the_machine() -> None:
    result, _, _ = conducted()
    text = json_text(result)
    assert StudyResult.model_validate_json(text) == result
    assert _FOLDER.name not in text
    names = [one.name for one in result.reproducibility.files]
    assert "study.yaml" in names
    assert any(name.endswith("program.py") for name in names)
    assert all(len(one.sha256) == 64 for one in result.reproducibility.files)
    assert json.loads(text)["schema"] == "cellkit/study-result/1"


@pytest.mark.long
def test_sections_left_out_of_a_study_are_listed_as_not_tested(tmp_path: Path) -> None:
    small = study(tmp_path, task={**TASK, "world": "kinematic"}, energy=None, business=None, shift=None, cycle=None)
    result = run_study(small, StudyResources(), "2026-11-27", "cellkit study study.yaml")
    keys = {one.key for one in result.not_tested}
    assert {"part_energy", "part_business", "part_shift", "part_cycle", "part_feasibility"} <= keys
    assert "safety" in keys
    assert result.concepts[0].business is None
    assert result.comparison[0].npv is None


def test_a_tolerance_tighter_than_any_arm_is_not_feasible_because(tmp_path: Path) -> None:
    small = study(
        tmp_path,
        task={**TASK, "world": "kinematic"},
        concepts={"arms": ["ur5e"], "grippers": ["2f-85"]},
        feasibility={"tolerance": 0.000001},
        energy=None,
        business=None,
        shift=None,
        cycle=None,
    )
    result = run_study(small, StudyResources(), "2026-11-27", "cellkit study study.yaml")
    (concept,) = result.concepts
    assert {"part_energy", "part_business", "part_shift", "part_cycle"} <= {one.key for one in result.not_tested}
    assert concept.advice.word == "no-go"
    assert any(reason.key == "check_failed" and reason.what == "tolerance" for reason in concept.advice.reasons)


@pytest.mark.long
def test_progress_is_reported_by_stage(tmp_path: Path) -> None:
    small = study(tmp_path, task={**TASK, "world": "kinematic"}, energy=None, business=None, shift=None)
    seen: list[tuple[str, int, int]] = []
    run_study(small, StudyResources(progress=lambda *step: seen.append(step)), "2026-11-27", "")
    assert seen[:2] == [("runs", 1, 2), ("runs", 2, 2)]
