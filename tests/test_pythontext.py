"""Reading the syntax of Python text."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellkit import pythontext
from cellkit.pythontext import read_syntax


class Parses:
    """Garbage whose finaliser reads source text, as the printing of a traceback does."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        ast.parse("1 + 1")


@pytest.fixture
def eager_collection() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.set_threshold(1)
    yield
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("eager_collection")
def test_garbage_that_reads_source_itself_does_no_harm() -> None:
    text = Path(pythontext.__file__).read_bytes()
    for _ in range(50):
        Parses()
        assert isinstance(read_syntax(text).body[0], ast.Expr)
    assert gc.isenabled()


def test_the_collection_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        read_syntax("")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_error_names_the_file_and_turns_the_collection_on_again() -> None:
    with pytest.raises(SyntaxError) as caught:
        read_syntax("a b", "there.py")
    assert caught.value.filename == "there.py"
    assert gc.isenabled()
