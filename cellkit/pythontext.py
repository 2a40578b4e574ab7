"""The syntax tree of Python source text, read without running it."""

from __future__ import annotations

import ast
import gc


def read_syntax(source: bytes | str, name: str = "<unknown>") -> ast.Module:
    """Return the syntax tree of a module's source.

    Raises ``SyntaxError``, and ``ValueError`` for text with a null byte.
    """
    # CPython counts the depth of the tree that it builds in one variable of the process. A garbage collection in
    # the middle may call a finaliser that prints a traceback, which parses source itself: SystemError.
    # See https://github.com/python/cpython/issues/106905.
    collected = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source, name)
    finally:
        if collected:
            gc.enable()
