"""``cellkit validate``: the printed output, the files, and the failures."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cellkit.cli import validate
from cellkit.study.validation.formulas import separation_vector
from cellkit.study.validation.topics import TOPICS


def test_figures_notice_and_certainty_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate.validate_command(["stop", "separation", "binomial"], None) == 0
    text = capsys.readouterr().out
    assert text.count("not a safety certification; verify against the standard and by measurement") == 2
    assert "-19.0%" in text, "a large error is shown as large"
    assert "fitted to the stops from 1.0 and 1.5 m/s" in text
    assert "no prediction" in text
    assert "recalled?: from memory, not verified" in text


def test_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out.json"
    assert validate.validate_command(["separation"], file) == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["notices"] == {
        "separation": "not a safety certification; verify against the standard and by measurement"
    }
    (row,) = told["rows"]
    assert (row["figure"], row["certainty"], row["holds"]) == ("ssm", "computed", True)
    assert row["error"] == pytest.approx(0.0, abs=1e-12)
    capsys.readouterr()
    assert validate.validate_command(["separation"], Path("-")) == 0
    assert json.loads(capsys.readouterr().out) == told, "only JSON is printed"


def test_only_a_formula_that_misses_its_vector_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = replace(separation_vector()[0], predicted=1.07, holds=False)
    monkeypatch.setitem(TOPICS, "separation", ("x", lambda: [wrong]))
    assert validate.validate_command(["separation"], None) == 1
    assert "wrong: protective distance S_p: 1.07 instead of 1.06 m" in capsys.readouterr().out
    unseen = replace(wrong, kind="property", holds=False)
    monkeypatch.setitem(TOPICS, "separation", ("x", lambda: [unseen]))
    assert validate.validate_command(["separation"], None) == 0
    assert "not seen" in capsys.readouterr().out


def test_an_unknown_topic_is_one_line() -> None:
    command = [sys.executable, "-m", "cellkit", "validate", "cycles"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean cycle?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.long
def test_all_of_it_twice_is_the_same() -> None:
    command = [sys.executable, "-m", "cellkit", "validate", "--json", "-"]
    runs = [subprocess.run(command, capture_output=True, text=True, timeout=600, check=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]
    rows = json.loads(runs[0])["rows"]
    assert {row["topic"] for row in rows} == set(TOPICS)
    assert all(row["source"] and row["basis"] for row in rows)
