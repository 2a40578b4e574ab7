"""Logs of ISO 9283 with bad fields, rows and heads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bad_values
from case import Case

POSE = ("pose,x_commanded,y_commanded,z_commanded,x,y,z", "P1,0,0,0,0.1,0.1,0.1")
PATH = ("path,cycle,point,x_commanded,y_commanded,z_commanded,x,y,z", "A,1,1,0,0,0,0.1,0.1,0.1")
FIELDS = (*(word for word in bad_values.WORDS if word.isprintable()), '"', '"a\nb"', '"' + "x" * 200_000 + '"', "\x00")


def log_cases() -> Iterator[Case]:
    """Yield a case for each field of a row or head and each bad value, and for rows of wrong length."""
    for test, (head, row) in (("pose", POSE), ("path", PATH)):
        words = ("iso9283", "--test", test, "--log", "log.csv")
        for number in range(len(row.split(","))):
            for value in FIELDS:
                yield _case(f"{test} log, column {number}: {value[:20]!r}", words, head, _with(row, number, value))
                if number % 3 == 0:
                    yield _case(f"{test} log, head {number}: {value[:20]!r}", words, _with(head, number, value), row)
        for extra in ("", row + "," + row, row[:5], "\n" * 50, "," * 1000):
            yield _case(f"{test} log, row {extra[:10]!r}", words, head, extra)


def _with(row: str, number: int, value: str) -> str:
    fields = row.split(",")
    return ",".join([*fields[:number], value, *fields[number + 1 :]])


def _case(name: str, words: tuple[str, ...], head: str, row: str) -> Case:
    def write(folder: Path) -> None:
        (folder / "log.csv").write_text(f"{head}\n{row}\n{row}\n", encoding="utf-8", errors="surrogatepass")

    return Case(name, words, write)
