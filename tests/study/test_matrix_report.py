"""The report from many records: bounds, percentiles, worst cases, reasons; and missing data never counts as good."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_rig import HOME, TEXT, entry, planned, record, report_of, scenario

from cellkit.cli.matrix_tables import program_words
from cellkit.study.matrix.plan import Exclusion
from cellkit.study.matrix.programs import ProgramText, compared, lines_changed
from cellkit.study.matrix.report import MatrixReport, cell_row, reasons
from cellkit.study.matrix.work import Outcome


def test_a_row_of_twenty_good_runs() -> None:
    row = cell_row(entry(), [record(seed=seed, cycles=(2.0, 4.0), energy=10.0 * seed) for seed in range(1, 21)])
    assert (row.good, row.runs, row.failure) == (20, 20, None)
    assert row.at_least == pytest.approx(0.05 ** (1 / 20))
    assert row.cycle_mean == pytest.approx(3.0)
    assert row.cycle_p95 == pytest.approx(4.0)
    assert row.energy == pytest.approx(105.0)
    assert row.collisions == 0


def test_a_failed_run_lowers_the_bound_and_gives_no_cycle_times() -> None:
    good, bad = record(error=0.001), record(seed=2, cycles=(90.0,), error=0.009, energy=1e6, failure="dropped it")
    row = cell_row(entry(), [good, bad])
    assert (row.good, row.runs) == (1, 2)
    assert row.at_least == pytest.approx(1 - 0.95**0.5, abs=1e-6)
    assert row.cycle_p95 == pytest.approx(2.95), "a failed run has no valid cycle times"
    assert row.energy == 50.0
    assert row.max_place_error == 0.009, "the worst error is that of all runs"
    assert row.failure == "seed 2: dropped it"


def test_the_command_that_runs_it_again(tmp_path: Path) -> None:
    plan = planned(scenario(tmp_path / "a job", HOME, arms=2), arms="ur5e+fr3", paths="wire", quantity=2)
    (row,) = report_of(plan, [Outcome(record(arm="ur5e+fr3", path="wire"), TEXT)]).cells
    options = "--arm left=ur5e,right=fr3 --path wire --world kinematic --quantity 2"
    assert row.command == f"cellkit run '{tmp_path}/a job/scenario.yaml' {options}"


def test_nothing_measured_is_not_zero() -> None:
    row = cell_row(entry(), [record(cycles=(), error=None, energy=None, failure="no start")])
    assert (row.good, row.at_least) == (0, 0.0)
    assert row.cycle_mean is row.cycle_p95 is row.energy is row.max_place_error is None


def test_the_percentile_is_over_all_cycles_of_all_runs() -> None:
    row = cell_row(entry(), [record(cycles=tuple(float(n) for n in range(100))), record(cycles=(100.0,))])
    assert row.cycle_p95 == pytest.approx(95.0)


def test_a_changed_text_is_counted() -> None:
    other = ProgramText((("program.py", "async def main(cell):\n    brand = 'x'\n    pass\n"),))
    helper = ProgramText((*TEXT.files, ("helper.py", "A = 1\n")))
    assert compared([TEXT, TEXT]).lines_changed == 0
    assert compared([TEXT, TEXT]).texts == 1
    found = compared([TEXT, other, TEXT])
    assert (found.lines_changed, found.texts, found.runs, found.lines) == (1, 2, 3, 2)
    assert lines_changed(TEXT, helper) == lines_changed(helper, TEXT) == 1, "modules imported from beside count"
    assert lines_changed(TEXT, ProgramText((("program.py", "async def main(cell):\r\n    pass\n"),))) == 1
    assert helper.sha256 not in (TEXT.sha256, other.sha256)


def test_a_program_without_text_is_no_proof(tmp_path: Path) -> None:
    assert compared([]).texts == compared([]).runs == 0
    found = report(tmp_path, [Outcome(record(seed=seed, failure="its process died")) for seed in (1, 2)])
    assert [(one.scenario, one.texts, one.sha256) for one in found.programs] == [("job", 0, "")]
    assert program_words(found) == "no run stored its program's text of job"


def report(tmp_path: Path, outcomes: list[Outcome], seeds: int = 2) -> MatrixReport:
    return report_of(planned(scenario(tmp_path / "job", HOME), seeds=seeds), outcomes)


def test_a_cell_that_cannot_be_built_is_excluded_and_one_that_only_sometimes_can_has_failed(tmp_path: Path) -> None:
    plan = planned(scenario(tmp_path / "job", HOME), seeds=2)
    first, second = plan.jobs()
    never = [Outcome(job.failed("x: no room").record, TEXT, "no room") for job in (first, second)]
    found = report_of(plan, never)
    assert found.runs == found.cells == found.programs == []
    assert [(one.arm, one.why) for one in found.excluded] == [("ur5e", "no room")]
    found = report_of(plan, [Outcome(record(), TEXT), never[1]])
    assert found.excluded == []
    assert (found.cells[0].good, found.cells[0].runs, found.good) == (1, 2, 1)


def test_a_run_without_a_text_is_not_counted_as_one_that_had_the_same(tmp_path: Path) -> None:
    found = report(tmp_path, [Outcome(record(), TEXT), Outcome(record(seed=2, failure="its process died"))])
    assert (found.programs[0].runs, found.cells[0].runs) == (1, 2)
    assert MatrixReport.model_validate(found.model_dump(mode="json")) == found
    assert found.model_dump(mode="json")["schema"] == "cellkit/matrix/1"


def test_each_reason_is_listed_once() -> None:
    rows = [
        Exclusion(scenario=name, arm=arm, path=path, why=why)
        for name, arm, path, why in [
            ("a", "lite6", "direct", "too weak"),
            ("a", "lite6", "wire", "too weak"),
            ("b", "lite6", "direct", "too weak"),
            ("b", "lite6", "wire", "too weak"),
            ("a", "tx2-60", "wire", "no driver"),
        ]
    ]
    assert reasons(rows) == [("lite6 (direct, wire)", "a, b", "too weak"), ("tx2-60 (wire)", "a", "no driver")]
