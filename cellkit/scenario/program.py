"""Loading of a cell program: a Python file with ``async def main(cell)``."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias

from cellkit.cell.cell import Cell
from cellkit.errors import CellkitError, ConfigError, words_of
from cellkit.inputfile import read_input

Program: TypeAlias = Callable[[Cell], Awaitable[None]]
MAX_BYTES = 10_000_000
"""Largest file of a program."""


class _Loader(SourceFileLoader):
    """Compiles a text only once: a program is loaded anew for every run."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        return _compiled(bytes(data), str(path))


@lru_cache(maxsize=16)
def _compiled(text: bytes, path: str) -> CodeType:
    code: CodeType = compile(text, path, "exec", dont_inherit=True)
    return code


class ProgramError(CellkitError):
    """An error that the program raised and that is not one of cellkit's errors: a mistake in its text."""

    def __init__(self, message: str, where: str) -> None:
        self.where = where
        super().__init__(f"{where}: {message}")


def load_program(file: Path) -> Program:
    """Return the program's ``main``.

    Raises ``ConfigError`` with file and line when it does not exist or the file cannot be imported.
    """
    read_input(file, MAX_BYTES, "a program")  # Python itself would read a file of any size
    name = f"cellkit_program_{file.stem}"
    loader = _Loader(name, str(file)) if file.suffix == ".py" else None
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None or spec.loader is None:
        raise ConfigError("is not a Python file (expected a name ending in .py)", file=file)
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:  # a program may import modules beside it, as when Python runs it
        sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise ConfigError(f"is not valid Python: {error.msg}", file=file, line=error.lineno) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        line = line_in(error, file)
        what = f"raised {type(error).__name__} when imported: {words_of(error)}"
        raise ConfigError(what.removesuffix(": "), file=file, line=line) from None
    main = getattr(module, "main", None)
    if not inspect.iscoroutinefunction(main):
        raise ConfigError("has no `async def main(cell)`", file=file)
    try:
        inspect.signature(main).bind(None)
    except TypeError:
        raise ConfigError(
            "main must take the cell: `async def main(cell)`", file=file, line=main.__code__.co_firstlineno
        ) from None
    program: Program = main
    return program


def cause_of(error: BaseException, file: Path) -> tuple[BaseException, int | None]:
    """Return the first error (of a TaskGroup too), and the line of ``file`` that it came from."""
    line = line_in(error, file)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
        line = line_in(error, file) or line
    return error, line


def line_in(error: BaseException, file: Path) -> int | None:
    """Return the last line of ``file`` in an exception's traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    return lines[-1] if lines else None
