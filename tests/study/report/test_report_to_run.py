"""From a figure in the page to the JSON and to the run: repeated runs give the same figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from page_reader import read_page

from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.report.language import language
from cellkit.study.report.node import value_at
from cellkit.study.report.plotly_script import library
from cellkit.study.report.write import html_text, json_text
from cellkit.study.run_study import StudyResources, run_study
from cellkit.study.study_file import read_study

STUDY = """
schema: cellkit/study/1
name: small
title: A small study
question: Is it the same twice?
owner: a test
date: 2026-11-27
task: {layouts: {as_is: pick_and_place}, quantity: 2, seeds: 2, world: kinematic}
concepts: {arms: [ur5e, gp7], grippers: [2f-85]}
demand: {parts_per_year: 1000}
criteria: {cycle_p95: 60}
cycle: {}
"""


@pytest.mark.long
def test_repeated_runs_give_the_figures_of_the_page(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(STUDY)
    result = run_study(read_study(file), StudyResources(), "2026-11-27", "cellkit study small.yaml")
    document = json.loads(json_text(result))
    page = read_page(html_text(result, "en").replace(library(), "/* the library */"))
    shown = {one.attributes["data-path"]: one.text for one in page.traced if "data-path" in one.attributes}
    hashes = {one.attributes["data-text"]: one.text for one in page.traced if "data-text" in one.attributes}
    again: dict[str, list[RunRecord]] = {}
    for number, traced in enumerate(document["reproducibility"]["runs"]):
        concept = next(one for one in document["concepts"] if one["id"] == traced["concept"])
        options = RunOptions(
            arm=concept["arm"], gripper=concept["gripper"], world="kinematic", seed=traced["seed"], quantity=2
        )
        record = Run(read_scenario(concept["scenario"]), options).execute()
        assert record.trace_sha256 == traced["sha256"] == hashes[f"/reproducibility/runs/{number}/sha256"]
        again.setdefault(traced["concept"], []).append(record)
    assert [len(records) for records in again.values()] == [2, 2]
    for number, concept in enumerate(document["concepts"]):
        records = again[concept["id"]]
        cycles = [cycle for record in records for cycle in record.cycle_time.list]
        wanted = {
            f"/concepts/{number}/runs/good": sum(record.success for record in records),
            f"/concepts/{number}/runs/cycle_mean": float(np.mean(cycles)),
            f"/concepts/{number}/runs/cycle_worst": max(cycles),
            f"/comparison/{number}/cycle_p95": float(np.percentile(cycles, 95)),
        }
        for pointer, value in wanted.items():
            assert value_at(document, pointer) == value
        assert (
            shown[f"/comparison/{number}/cycle_p95"]
            == f"{np.percentile(cycles, 95):.2f}\u202f{language('en').unit('s')}"
        )
