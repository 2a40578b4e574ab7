"""Programs that raise, end the process, or are none, when imported and when run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from case import Case
from yaml_cases import JOB, RUN

RAISED = (
    "raise ValueError('x' * 100000)", "raise Exception('[/x]')", "raise BaseException", "raise SystemExit(0)",
    "raise GeneratorExit", "import sys; sys.exit(0)", "import sys; sys.exit('text')", "raise RecursionError",
    "raise type('E', (BaseException,), {})('\\x1b[2J')", "1 / 0", "raise ExceptionGroup('g', [ValueError('\\ud800')])",
    "def f(): f()\nf()", "raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})",
    "import no_such_module",
    "raise MemoryError", "raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'r')", "raise KeyError('\\n' * 50)",
    "raise StopIteration", "raise StopAsyncIteration", "assert False", "raise BaseExceptionGroup('g', [SystemExit(0)])",
    "import asyncio; raise asyncio.CancelledError", "raise OSError(2, 'x' * 3000, 'y' * 3000)",
)  # fmt: skip
TEXTS = (
    "", "def main(cell): pass", "async def main(): pass", "async def main(a, b): pass", "main = 1", "main = None",
    "async def main(cell:\n", "\tx\n x", "async def main(cell):\n    return cell.arm('zzz')", "x = '\\", "\x00",
    "é = (",
    "async def main(cell):\n    await cell", "(" * 500,
    "async def main(cell):\n    cell.arm = 1\n    await cell.arm('r')",
    "async def main(cell):\n    cell.arm('\\x1b[2J')", "async def main(cell):\n    cell.note('x' * 10**6 + '[/x]')",
    "async def main(cell):\n    await cell.arm('robot').move_joint(float('nan'))", "lambda: (yield)",
    "-" * 100_000 + "1",
    "async def main(cell):\n    await cell.arm('robot').move_joint([1e400] * 6)",
    "async def main(cell):\n    await cell.arm('robot').move_joint('x')",
    "async def main(cell):\n    await cell.gripper('hand').move(10**400)",
)  # fmt: skip


def program_cases() -> Iterator[Case]:
    """Yield a case for each statement at import and in the run, and for each whole program."""
    for statement in RAISED:
        inside = "\n".join(f"    {line}" for line in statement.splitlines())
        yield _case(f"import: {statement[:40]}", f"{statement}\nasync def main(cell): pass\n")
        yield _case(f"run: {statement[:40]}", f"async def main(cell):\n{inside}\n")
    for text in TEXTS:
        yield _case(f"program: {text[:40]!r}", text)


def _case(name: str, text: str) -> Case:
    def write(folder: Path) -> None:
        shutil.copytree(JOB, folder / "job", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "job" / "program.py").write_text(text, encoding="utf-8")

    return Case(name, RUN, write)
