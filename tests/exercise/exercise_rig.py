"""Shared parts of the exercise tests: a small cell, and programs that run on it in a sandbox."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

from cellkit.exercise.host import ProgramLog, RemoteProgram
from cellkit.exercise.student import ProcessLimits, ProgramText
from cellkit.registry import task_packages
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions

CELL = """\
schema: cellkit/cell/1
name: small
devices:
  robot: {kind: arm, model: ur5e}
  hand: {kind: gripper, model: 2f-85, on: robot, adapter: {thickness: 0.010, mass: 0.12}}
  station: {kind: digital_io, inputs: [ready], outputs: [done]}
frames:
  table: {in: robot, xyz: ["0.5 reach", 0, 0.1]}
workpieces:
  part: {size: [0.04, 0.05, 0.05], mass: 0.2}
places:
  table: {in: table}
"""
SCENARIO = """\
schema: cellkit/scenario/1
name: small
title: A small cell
cell: cell.yaml
program: program.py
"""
QUICK = ProcessLimits(thinking=1.5, cpu=5, memory=200_000_000, output=100_000)


def small_cell(folder: Path) -> Path:
    """Write the small cell's files; return the scenario's."""
    (folder / "cell.yaml").write_text(CELL, encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "program.py").write_text("async def main(cell):\n    pass\n", encoding="utf-8")
    return folder / "scenario.yaml"


def sandboxed(folder: Path, text: str, cell_time: float = 60.0, **limits: Any) -> tuple[RunRecord, ProgramLog]:
    """Run a program in a sandbox on the small cell; return the record and the program's log."""
    program = ProgramText(textwrap.dedent(text), "student.py")
    remote = RemoteProgram(program, replace(QUICK, **limits), cell_time, task_packages())
    run = Run(read_scenario(str(small_cell(folder))), RunOptions(world="kinematic"), remote)
    return run.execute(), remote.seen


def traced(folder: Path, text: str, shut_in: bool) -> tuple[RunRecord, list[str]]:
    """Run a program on the small cell, in a sandbox or in this process; return the record and its trace."""
    file = small_cell(folder)
    (folder / "program.py").write_text(textwrap.dedent(text), encoding="utf-8")
    program = (
        RemoteProgram(ProgramText(textwrap.dedent(text), "program.py"), ProcessLimits(), 60.0) if shut_in else None
    )
    trace = folder / f"trace_{shut_in}.jsonl"
    record = Run(read_scenario(str(file)), RunOptions(world="kinematic", trace=trace), program).execute()
    return record, trace.read_text(encoding="utf-8").splitlines()
