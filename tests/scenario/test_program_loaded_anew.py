"""A program is loaded anew for every run: no state remains, and an edited text is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.program import load_program


def test_each_load_has_a_module_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("seen = []\nasync def main(cell):\n    seen.append(cell)\n", encoding="utf-8")
    one, other = load_program(file), load_program(file)
    assert one.__globals__["seen"] is not other.__globals__["seen"]  # type: ignore[attr-defined]


def test_an_edited_text_is_noticed_and_blamed_on_its_own_line(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("TEXT = 1\nasync def main(cell): ...\n", encoding="utf-8")
    assert load_program(file).__globals__["TEXT"] == 1  # type: ignore[attr-defined]
    file.write_text("TEXT = 2\nasync def main(cell): ...\n", encoding="utf-8")
    assert load_program(file).__globals__["TEXT"] == 2  # type: ignore[attr-defined]
    file.write_text("TEXT = 2\nasync def main(cell) ...\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not valid Python") as caught:
        load_program(file)
    assert caught.value.line == 2


def test_what_is_no_python_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "program.txt"
    file.write_text("async def main(cell): ...\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not a Python file"):
        load_program(file)
