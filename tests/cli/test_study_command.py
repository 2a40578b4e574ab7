"""`cellkit study`: the report, the printed summary, and errors in one line."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import pytest
from cli_rig import Call

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_rig import SMALL, written

QUICK = {
    "task": {**SMALL["task"], "seeds": 1, "shifts": 1, "world": "kinematic"},
    "concepts": {"arms": ["ur5e", "lite6"], "grippers": ["2f-85"]},
    "energy": None,
    "business": None,
    "shift": None,
    "criteria": {"cycle_mean": 1.0},
}


def test_a_report_is_written_and_summed_up(cellkit: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, **QUICK)
    monkeypatch.chdir(tmp_path)
    done = cellkit("study", "study.yaml", "--json", "s.json", "--csv", "s.csv", "--lang", "nl")
    assert done.code == 0, done.err
    assert "ur5e · 2f-85: no-go" in done.out
    assert "cycle mean is" in done.out
    assert "at most 1 is required" in done.out
    assert "above the 0.6 kg payload of Lite 6" in " ".join(done.out.split())
    page = (tmp_path / "small.html").read_text()
    assert '<html lang="nl"' in page
    assert json.loads((tmp_path / "s.json").read_text())["schema"] == "cellkit/study-result/1"
    assert (tmp_path / "s.csv").read_text().startswith("concept")
    with sqlite3.connect(tmp_path / "small.runs.sqlite") as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    store.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--lang", "de"), "--lang de: the report is written in en (English) or nl (Dutch)"),
        (("--html", "-", "--json", "-"), "only one of --html, --json and --csv"),
        (("--html", "nowhere/x.html"), "no folder"),
        (("--store", "study.yaml"), "file is not a database"),
        (("--dask", "nonsense"), "--dask nonsense"),
    ],
)
def test_options_that_make_no_sense(
    cellkit: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: str
) -> None:
    written(tmp_path, **QUICK)
    monkeypatch.chdir(tmp_path)
    assert words in cellkit("study", "study.yaml", *options).complaint()
    assert not (tmp_path / "small.html").exists()


def test_a_wrong_study_is_one_error_with_its_line(cellkit: Call, tmp_path: Path) -> None:
    told = cellkit("study", written(tmp_path, demand={"parts_per_year": -1})).complaint()
    assert "study.yaml:" in told
    assert "-1 is not above 0" in told
