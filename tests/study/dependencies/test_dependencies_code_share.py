"""Vendor-specific code: programs with counts made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.study.dependencies.code_share import code_share

NEUTRAL = '''"""A docstring that names KUKA and ur5e is no statement."""

from cellkit.cell import Cell


async def main(cell: Cell) -> None:
    """Nor is this one."""
    arm = cell.arm("robot")
    await arm.move_joint(arm.home)
'''


def share_of(folder: Path, text: str) -> tuple[int, list[tuple[int, str]]]:
    (folder / "program.py").write_text(text, encoding="utf-8")
    found = code_share(folder / "program.py")
    assert found.share == pytest.approx(len(found.vendor) / found.statements)
    return found.statements, [(one.line, one.why) for one in found.vendor]


def test_a_neutral_program(tmp_path: Path) -> None:
    assert share_of(tmp_path, NEUTRAL) == (4, [])  # import, def, two statements


def test_vendor_specific_statements(tmp_path: Path) -> None:
    text = """import asyncio
from cellkit_ur.driver import UrArm
import rtde_control as rc

async def main(cell):
    arm = cell.arm("robot")
    if isinstance(arm, UrArm):
        box = arm.box
    special = rc.RTDEControlInterface("10.0.0.1")
    special.moveJ(1)
    if arm.model.vendor.name == "x":
        pass
    if arm.model.id == "Ur5e":
        pass
    await asyncio.sleep(1)
"""
    assert share_of(tmp_path, text) == (
        14,
        [
            (2, "imports cellkit_ur.driver"),
            (3, "imports rtde_control"),
            (7, "uses UrArm"),
            (9, "uses rc"),
            (10, "uses special"),
            (11, "asks for the vendor of a device"),
            (13, "names 'Ur5e'"),
        ],
    )


def test_a_vendors_object_in_an_attribute_counts(tmp_path: Path) -> None:
    text = """import urx

class Robot:
    def __init__(self):
        self.link = urx.Robot("10.0.0.1")

    def go(self):
        self.link.movej([])

async def main(cell):
    Robot().go()
"""
    assert share_of(tmp_path, text) == (8, [(1, "imports urx"), (5, "uses urx"), (8, "uses link")])


def test_modules_beside_the_program_count_too(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import frankx\n", encoding="utf-8")
    (tmp_path / "other.py").write_text("import frankx\n", encoding="utf-8")  # not imported
    (tmp_path / "program.py").write_text("import helper\n\nasync def main(cell):\n    helper.x()\n", encoding="utf-8")
    found = code_share(tmp_path / "program.py")
    assert (found.statements, [(one.file, one.line) for one in found.vendor]) == (4, [("helper.py", 1)])


def test_the_reference_devices_and_scenarios_belong_to_no_vendor(tmp_path: Path) -> None:
    assert share_of(tmp_path, "import cellkit_virtual\nimport cellkit_scenarios\n") == (2, [])


def test_no_shipped_program_is_vendor_specific() -> None:
    for name, file in registry.scenario_files().items():
        assert code_share(file.with_name("program.py")).vendor == [], name


def test_invalid_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"program\.py:2: is not valid Python"):
        share_of(tmp_path, "x = 1\ny = (\n")
