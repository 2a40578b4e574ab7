"""Shared by the tests of dependencies: a small scenario with one arm, and a runner in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cellkit.study.dependencies.assess import assess
from cellkit.study.dependencies.bom import bill_of_materials
from cellkit.study.dependencies.config import DependenciesConfig
from cellkit.study.dependencies.result import Bom, Dependencies
from cellkit.study.dependencies.subject import Subject, read_subject
from cellkit.study.dependencies.suppliers import Suppliers

HOME = """
async def main(cell):
    arm = cell.arm("robot")
    await arm.move_joint(arm.home + 0.2)
    cell.part_finished("part_1")
"""
# This program fails on an arm with seven joints.
SIX_JOINTS = """
from cellkit.errors import TaskFailed

async def main(cell):
    arm = cell.arm("robot")
    if len(arm.home) != 6:
        raise TaskFailed("six joints are needed")
    await arm.move_joint(arm.home)
    cell.part_finished("part_1")
"""


class InThisProcess:
    """Carries out tasks in this process and lists them."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def __call__(self, tasks: Sequence[Any]) -> list[Any]:
        self.done += tasks
        return [task.carry_out() for task in tasks]


def scenario(folder: Path, program: str = HOME, arm: str = "ur5e", needs: str = "", more: str = "") -> Path:
    """Write a scenario of an arm without gripper, and ``more`` devices; a run is good if the program ends."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cell.yaml").write_text(
        f"schema: cellkit/cell/1\nname: job\ndevices:\n  robot: {{kind: arm, model: {arm}}}\n{more}", encoding="utf-8"
    )
    (folder / "program.py").write_text(program, encoding="utf-8")
    text = (
        "schema: cellkit/scenario/1\nname: job\ntitle: A job\ncell: cell.yaml\nprogram: program.py\n"
        f"expect: {{min_parts_good: 0}}\n{needs}"
    )
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder / "scenario.yaml"


def subject(reference: Path | str, **chosen: Any) -> Subject:
    return read_subject(str(reference), **chosen)


def config(**given: Any) -> DependenciesConfig:
    """Return the section of a study file with these keys."""
    return DependenciesConfig.model_validate({"seeds": 1, "wire_seeds": 0, **given})


def bom(reference: Path | str, prices: dict[str, float] | None = None, **chosen: Any) -> Bom:
    return bill_of_materials(subject(reference, **chosen), Suppliers({}), prices or {})


def assessed(reference: Path | str, given: DependenciesConfig, **options: Any) -> Dependencies:
    """Assess a cell in the kinematic world and in this process."""
    chosen = subject(reference, quantity=options.pop("quantity", None))
    return assess(chosen, given, world="kinematic", **({"runner": InThisProcess()} | options))
