"""The code before a reader: its plant, and one set by hand."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import override


class CodePlant(Protocol):
    """A reader that looks along its z axis."""

    def code(self) -> str | None:
        """The code on the part in view, None when there is none."""


class BenchCode(CodePlant):
    """A ``CodePlant``: whatever label is held before the reader."""

    def __init__(self) -> None:
        self.text: str | None = None

    @override
    def code(self) -> str | None:
        return self.text
