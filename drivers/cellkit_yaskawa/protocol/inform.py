"""INFORM jobs: the text of a job file (JBI), written for the motions that no single command has, and read back.

The subset: NOP, END, comments, MOVJ, MOVL, MOVC to positions of the job in pulses, TIMER, and what qualifies them:
VJ= (percent), V= (mm/s), PL= (position level), CR= (corner radius, mm), ACC= and DEC= (percent, 20 to 100).
Header as the vendor's page "INFORM Header Fields" shows it; the ranges of CR=, ACC= and DEC= are from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cellkit_yaskawa.protocol.codes import Added

NEWLINE = "\r\n"
MOVES = ("MOVJ", "MOVL", "MOVC")
LEAST_ACCELERATION = 20
"""Percent; the smallest ACC= and DEC= that INFORM takes."""
CORNER_RADIUS = (1.0, 6553.5)
"""mm; smallest and largest CR=."""
NAME = re.compile(r"[A-Z0-9_-]{1,32}")
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
DECIMAL = re.compile(r"\d{1,6}(\.\d{1,4})?", re.ASCII)


class InformError(ValueError):
    """A job that the controller would not load; ``added`` is the status code."""

    def __init__(self, message: str, added: int = Added.BAD_INSTRUCTION) -> None:
        super().__init__(message)
        self.added = added


@dataclass(frozen=True, slots=True)
class MoveLine:
    """MOVJ, MOVL or MOVC to position number ``position`` of the job. ``speed`` in % for MOVJ, else in mm/s."""

    word: str
    position: int
    speed: float
    level: int | None = None
    corner_radius: float | None = None
    acceleration: int = 100
    deceleration: int = 100

    def __str__(self) -> str:
        speed = f"VJ={self.speed:.2f}" if self.word == "MOVJ" else f"V={self.speed:.1f}"
        parts = [self.word, f"C{self.position:05d}", speed]
        if self.level is not None:
            parts.append(f"PL={self.level}")
        if self.corner_radius is not None:
            parts.append(f"CR={self.corner_radius:.1f}")
        if self.acceleration != 100:
            parts.append(f"ACC={self.acceleration}")
        if self.deceleration != 100:
            parts.append(f"DEC={self.deceleration}")
        return " ".join(parts)

    @property
    def stops(self) -> bool:
        """Whether the arm stands at this position: level 0, or neither level nor corner radius given."""
        return self.corner_radius is None and not self.level


@dataclass(frozen=True, slots=True)
class TimerLine:
    """TIMER: wait ``seconds``."""

    seconds: float

    def __str__(self) -> str:
        return f"TIMER T={self.seconds:.2f}"


Line = MoveLine | TimerLine | str
"""An instruction; a string is one without effect (NOP, a comment)."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job: ``positions`` in pulses (n,) each, ``lines`` between NOP and END."""

    name: str
    positions: tuple[tuple[int, ...], ...]
    lines: tuple[Line, ...]
    tool: int = 0
    attributes: tuple[str, ...] = field(default=("SC", "RW"))

    def encode(self, date: str = "2025/01/01 00:00") -> bytes:
        """Return the job file."""
        head = ["/JOB", f"//NAME {self.name}", "//POS", f"///NPOS {len(self.positions)},0,0,0,0,0"]
        if self.positions:
            head += [f"///TOOL {self.tool}", "///POSTYPE PULSE", "///PULSE"]
            head += [f"C{i:05d}={','.join(map(str, pulses))}" for i, pulses in enumerate(self.positions)]
        head += ["//INST", f"///DATE {date}", f"///ATTR {','.join(self.attributes)}", "///GROUP1 RB1"]
        return (NEWLINE.join([*head, "NOP", *map(str, self.lines), "END"]) + NEWLINE).encode("ascii")


def read_job(data: bytes) -> Job:
    """Read a job file. Raises ``InformError`` where the controller would refuse it."""
    try:
        lines = [line.strip() for line in data.decode("ascii").splitlines()]
    except UnicodeDecodeError:
        raise InformError("a character that is not ASCII", Added.BAD_FORMAT) from None
    rest = iter([line for line in lines if line])
    if next(rest, "") != "/JOB":
        raise InformError("the file does not begin with /JOB", Added.BAD_FORMAT)
    name, tool, announced = "", 0, 0
    positions: list[tuple[int, ...]] = []
    for line in rest:
        if line == "//INST":
            break
        if line.startswith("//NAME "):
            name = line.removeprefix("//NAME ").strip()
        elif line.startswith("///NPOS "):
            announced = _number(line.removeprefix("///NPOS ").split(",")[0])
        elif line.startswith("///TOOL "):
            tool = _number(line.removeprefix("///TOOL "))
        elif line.startswith("///POSTYPE ") and line != "///POSTYPE PULSE":
            raise InformError(f"{line}: positions in pulses only, here", 0x4230)
        elif line.startswith("C"):
            positions.append(_position(line, len(positions)))
        elif line not in ("//POS", "///PULSE", "///POSTYPE PULSE") and not line.startswith("///USER "):
            raise InformError(f"unknown header line {line!r}", 0x5310)
    if not NAME.fullmatch(name):
        raise InformError(f"job name {name!r}", Added.BAD_JOB_NAME)
    if announced != len(positions):
        raise InformError(f"{announced} positions announced, {len(positions)} found", Added.BAD_DATA_COUNT)
    return Job(name, tuple(positions), tuple(_instructions(rest, len(positions))), tool)


def _number(text: str) -> int:
    digits = text.strip()  # also separators such as \x1f, which int() does not strip
    if not WHOLE.fullmatch(digits):
        raise InformError(f"{text!r} is no number", Added.BAD_FORMAT)
    return int(digits)


def _position(line: str, number: int) -> tuple[int, ...]:
    label, _, values = line.partition("=")
    if label != f"C{number:05d}":
        raise InformError(f"position {label} out of order", Added.BAD_DATA_COUNT)
    return tuple(_number(value) for value in values.split(","))


def _instructions(rest: Iterator[str], positions: int) -> Iterator[Line]:
    body = [line for line in rest if not line.startswith("///")]
    if not body or body[0] != "NOP" or body[-1] != "END":
        raise InformError("a job runs from NOP to END", Added.NO_NOP_OR_END)
    for line in body[1:-1]:
        word, *tags = line.split()
        if word in MOVES:
            yield _move(line, word, tags, positions)
        elif word == "TIMER":
            yield TimerLine(_tag(line, tags, {"T"}).get("T", 0.0))
        elif word == "NOP" or word.startswith("'"):
            yield line
        else:
            raise InformError(f"instruction {word!r} is not in the subset")


def _tag(line: str, tags: Sequence[str], known: set[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for tag in tags:
        name, _, value = tag.partition("=")
        if name not in known or not DECIMAL.fullmatch(value):
            raise InformError(f"{line!r}: {tag!r}")
        found[name] = float(value)
    return found


def _move(line: str, word: str, tags: Sequence[str], positions: int) -> MoveLine:
    if not tags or not re.fullmatch(r"C\d{5}", tags[0]) or int(tags[0][1:]) >= positions:
        raise InformError(f"{line!r}: no such position", 0x5120)
    speed_tag = "VJ" if word == "MOVJ" else "V"
    values = _tag(line, tags[1:], {speed_tag, "PL", "ACC", "DEC"} | ({"CR"} if word == "MOVL" else set()))
    speed, radius = values.get(speed_tag), values.get("CR")
    if speed is None or speed <= 0 or (word == "MOVJ" and speed > 100):
        raise InformError(f"{line!r}: {speed_tag}= is missing or out of range", 0x5200)
    if radius is not None and not CORNER_RADIUS[0] <= radius <= CORNER_RADIUS[1]:
        raise InformError(f"{line!r}: CR= out of range", 0x5200)
    ratios = [int(values.get(tag, 100)) for tag in ("ACC", "DEC")]
    if not all(LEAST_ACCELERATION <= ratio <= 100 for ratio in ratios):
        raise InformError(f"{line!r}: ACC= and DEC= are {LEAST_ACCELERATION} to 100", 0x5200)
    level = None if "PL" not in values else int(values["PL"])
    if level is not None and not 0 <= level <= 8:
        raise InformError(f"{line!r}: PL= is 0 to 8", 0x5200)
    return MoveLine(word, int(tags[0][1:]), speed, level, radius, *ratios)
