"""One form of log: how a file of it is recognised, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cellkit.calibration.log import Log
from cellkit.calibration.table import Table, read_table

HEAD_BYTES = 64


class Candidate:
    """A file whose form is not known yet; its table of numbers is read once, when a preset first asks for it."""

    def __init__(self, file: Path, head: bytes) -> None:
        self.file = file
        self.head = head
        self._table: Table | None = None

    @property
    def table(self) -> Table:
        """The file as a table of numbers. Raises ``ConfigError`` for a file that is none."""
        if self._table is None:
            self._table = read_table(self.file)
        return self._table


@dataclass(frozen=True)
class Preset:
    """One form of log.

    ``fits`` looks at the file and tells whether it has this form; ``read`` returns the log of an arm with a number of
    joints.
    """

    name: str
    about: str
    fits: Callable[[Candidate], bool]
    read: Callable[[Candidate, int], Log]
