"""The comparison of program texts: every run returns the text that it loaded; all texts must be the same."""

from __future__ import annotations

import difflib
import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProgramText:
    """A program's files and their text: the program first, then the modules that it imported from beside it."""

    files: tuple[tuple[str, str], ...]

    @classmethod
    def loaded_from(cls, file: Path) -> ProgramText:
        """Return the text of a program that this process has just loaded."""
        beside = sorted(
            path
            for name, module in list(sys.modules.items())
            if name != "__main__"
            and (origin := getattr(module, "__file__", None)) is not None
            and (path := Path(origin)).parent == file.parent
            and path != file
        )
        return cls(tuple((path.name, _read(path)) for path in (file, *beside)))

    @property
    def lines(self) -> int:
        """The number of lines of all its files."""
        return sum(len(text.splitlines()) for _, text in self.files)

    @property
    def sha256(self) -> str:
        """The hash of the text; for a single file that of the file, as ``sha256sum`` prints it."""
        if len(self.files) == 1:
            return _sha256(self.files[0][1])
        return _sha256("".join(f"{_sha256(text)}  {name}\n" for name, text in self.files))


@dataclass(frozen=True)
class Comparison:
    """The texts of one scenario's runs: their number, and the largest difference from the first one."""

    lines: int
    sha256: str
    texts: int
    runs: int
    lines_changed: int


def compared(texts: Iterable[ProgramText]) -> Comparison:
    """Compare the texts of one scenario's runs; without runs all figures are empty."""
    every = list(texts)
    if not every:
        return Comparison(lines=0, sha256="", texts=0, runs=0, lines_changed=0)
    first, *others = dict.fromkeys(every)
    return Comparison(
        lines=first.lines,
        sha256=first.sha256,
        texts=1 + len(others),
        runs=len(every),
        lines_changed=max((lines_changed(first, other) for other in others), default=0),
    )


def lines_changed(one: ProgramText, other: ProgramText) -> int:
    """Count the lines that were replaced, added or removed between two texts, in all files."""
    before, after = dict(one.files), dict(other.files)
    return sum(_changed(before, after, name) for name in dict.fromkeys([*before, *after]))


def _changed(before: Mapping[str, str], after: Mapping[str, str], name: str) -> int:
    old, new = (texts.get(name, "").splitlines(keepends=True) for texts in (before, after))
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in steps if tag != "equal")


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", errors="surrogateescape")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()
