"""Shared parts of the command line's tests: calling it in this process, and a scenario to change."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cellkit import registry
from cellkit.cli import main
from tests.hears_signals import HEARS

JOB = registry.scenario_files()["pick_and_place"].parent
COMMAND = [sys.executable, "-c", f"{HEARS}from cellkit.cli import main; main()"]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    def complaint(self) -> str:
        """Return the one line of an error, after checking that it is the only output."""
        assert self.code == 2, self
        assert self.out == "", self
        assert self.err.startswith("cellkit: error: "), self
        assert self.err.count("\n") == 1, self
        assert self.err.endswith("\n"), self
        assert "Traceback" not in self.err
        assert len(self.err) < 1500, "the line is too long"
        return self.err.removeprefix("cellkit: error: ").rstrip("\n")


Call = Callable[..., Outcome]


@pytest.fixture
def cellkit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call ``cellkit("run", "pick_and_place")`` in this process."""

    def call(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["cellkit", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, told.out, told.err)

    return call


def in_a_process(*arguments: str | Path, cwd: Path | None = None) -> Outcome:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=120, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Spoilt:
    """A copy of ``JOB``."""

    folder: Path

    @property
    def scenario(self) -> Path:
        return self.folder / "scenario.yaml"

    @property
    def cell(self) -> Path:
        return self.folder / "cell.yaml"

    @property
    def program(self) -> Path:
        return self.folder / "program.py"

    def edit(self, file: Path, old: str, new: str) -> int:
        """Replace text that occurs once; return its line number."""
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file.name}"
        file.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1


@pytest.fixture
def copy(tmp_path: Path) -> Spoilt:
    folder = tmp_path / "job"
    shutil.copytree(JOB, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Spoilt(folder)


def trace_of(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    assert text.endswith("\n")
    events = [json.loads(line) for line in text.splitlines()]
    times = [event["t"] for event in events]
    assert times == sorted(times)
    return events
