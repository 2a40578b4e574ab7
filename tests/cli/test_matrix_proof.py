"""The proof of a matrix for each arm: its share of good runs is above a bound, and failures lower the bound."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli_rig import Call

from cellkit.study.runs import dask_cluster

KINEMATIC = ("--world", "kinematic", "--quantity", "1")


def test_each_arm_has_its_share_and_its_bound(cellkit: Call, tmp_path: Path) -> None:
    """Two scenarios, two paths, two seeds: the rows, the excluded arms, the programs, and the page."""
    file, html = tmp_path / "runs.json", tmp_path / "page.html"
    options = ("--arms", "gp7,tx2-60", "--path", "direct,wire", "--seeds", "2", "--jobs", "1", *KINEMATIC)
    outcome = cellkit("matrix", "pick_and_place", "feeder_pick", *options, "--json", file, "--html", html)
    assert outcome.code == 0, outcome
    assert outcome.err == ""
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["schema"] == "cellkit/matrix/1"
    assert told["how"]["paths"] == ["direct", "wire"]
    assert told["how"]["seeds"] == [1, 2]
    assert len(told["runs"]) == 12
    rows = [(one["scenario"], one["arm"], one["path"], one["runs"], one["good"]) for one in told["cells"]]
    assert rows == [
        (name, arm, path, 2, 2)
        for name in ("pick_and_place", "feeder_pick")
        for arm, path in (("gp7", "direct"), ("gp7", "wire"), ("tx2-60", "direct"))
    ]
    assert all(one["at_least"] == pytest.approx(0.05**0.5) for one in told["cells"])
    assert [(one["arm"], one["path"]) for one in told["excluded"]] == [("tx2-60", "wire")] * 2
    assert [(one["runs"], one["texts"], one["lines_changed"]) for one in told["programs"]] == [(6, 1, 0)] * 2
    assert "12 of 12 runs succeeded" in outcome.out
    assert "lines changed: 0" in outcome.out
    assert "22%" in outcome.out
    assert outcome.out.count("left out: ") == 1, "one line per reason"
    assert "12 of 12" in html.read_text(encoding="utf-8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["page.html", "runs.json"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pick_and_place", "pick_and_plaice"], "unknown scenario 'pick_and_plaice'"),
        (["pick_and_place", "--path", "direct,wires"], "--path wires: expected direct, wire or direct,wire"),
        (["pick_and_place", "--path", ","], "--path names no path; expected direct, wire or direct,wire"),
        (["pick_and_place", "--path", "live"], "--path live: arms are compared in simulation"),
        (["pick_and_place", "--arms", "ur5e+ur55"], "unknown model 'ur55'"),
        (["pick_and_place", "--dask", "127.0.0.1:1"], "--dask 127.0.0.1:1: no scheduler answers at this address"),
        (["pick_and_place", "--json", "-", "--html", "-"], "only one result can go to standard output"),
        (["press_to_force", *KINEMATIC], "press_to_force needs the physics world"),
        (["pick_and_place", "--arms", "tx2-60", "--path", "wire"], "no arm can do it: no wire path for tx2-60"),
    ],
)
def test_bad_input_is_one_line(cellkit: Call, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE", 0.3)
    assert said in cellkit("matrix", *arguments).complaint()


def test_a_page_that_cannot_be_written_is_told_before_the_work(cellkit: Call, tmp_path: Path) -> None:
    assert "is a folder" in cellkit("matrix", "pick_and_place", "--html", tmp_path).complaint()
    both = tmp_path / "both"
    assert "is given for two results" in cellkit("matrix", "all", "--html", both, "--json", both).complaint()
    assert os.listdir(tmp_path) == []
