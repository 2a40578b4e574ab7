"""The notebooks run from top to bottom in a fresh kernel, and show what they did when they were committed."""

from __future__ import annotations

import json
import re
import site
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import PATIENCE, environment

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
BOOKS = sorted((HERE.parents[2] / "examples" / "notebooks").glob("*.ipynb"))


def kernel() -> Path:
    """An environment with a kernel, which sees what this one has."""
    python = environment(HERE / "requirements.txt")
    packages = next((python.parents[1] / "lib").glob("python*/site-packages"))
    lines = "".join(f"import site; site.addsitedir({folder!r})\n" for folder in site.getsitepackages())
    (packages / "zz_cellkit.pth").write_text(lines, encoding="utf-8")
    return python


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_notebook_runs_afresh(book: Path) -> None:
    done = subprocess.run(
        [str(kernel()), str(HERE / "run_notebook.py"), str(book)],
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    afresh = json.loads(done.stdout.splitlines()[-1])
    outputs = [
        output for cell in json.loads(book.read_text(encoding="utf-8"))["cells"] for output in cell.get("outputs", [])
    ]
    assert afresh["pictures"] == sum("image/png" in output.get("data", {}) for output in outputs)
    texts = [output.get("text") or output["data"]["text/plain"] for output in outputs]
    for now, then in zip(afresh["texts"], ("".join(text) for text in texts), strict=True):
        assert NUMBER.sub("#", now) == NUMBER.sub("#", then), "what it shows is what it does"
        figures = [[float(one) for one in NUMBER.findall(text)] for text in (now, then)]
        assert figures[0] == pytest.approx(figures[1], rel=0.05, abs=0.3), "another machine may differ a little"
