"""The plant of a code reader: the code in view, and one for the device bench."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import override


class CodePlant(Protocol):
    """A reader that looks along its z axis."""

    def code(self) -> str | None:
        """Return the code on the part in view; None without a code."""


class BenchCode(CodePlant):
    """A ``CodePlant`` with a label that is set by hand."""

    def __init__(self) -> None:
        self.text: str | None = None

    @override
    def code(self) -> str | None:
        return self.text
