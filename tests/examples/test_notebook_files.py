"""The committed notebooks show results, and nothing of the machine on which they were made."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_are_two() -> None:
    assert [book.stem for book in BOOKS] == ["01_first_steps", "02_comparing_arms"]


@pytest.mark.parametrize("file", BOOKS, ids=lambda file: file.stem)
def test_executed_clean_and_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text) < 150_000
    assert not re.search(r"/home/|/tmp/|/root|/work|ipykernel_|execution\.|iopub", text)
    book = json.loads(text)
    assert book["nbformat"] == 4
    assert set(book["metadata"]) == {"kernelspec", "language_info"}
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "run once, from top to bottom"
    assert all(cell["metadata"] == {} for cell in book["cells"])
    outputs = [output for cell in code for output in cell["outputs"]]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert all(output["output_type"] in ("stream", "display_data", "execute_result") for output in outputs)
    assert not any(output.get("name") == "stderr" for output in outputs)
    for cell in code:
        ast.parse("".join(cell["source"]))
    assert book["cells"][0]["cell_type"] == "markdown", "says what it shows"
