"""What is plotted, before it is drawn: panels that share a time axis, with lines, limits and moments in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cellkit.geometry import Array


@dataclass(frozen=True)
class Line:
    """A quantity over time. ``look`` numbers how it is drawn, so that lines are told apart without colour.

    ``held``: it holds until it is told anew.
    """

    label: str
    times: Array
    values: Array
    look: int = 0
    held: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of time in a lane, with a word in it where there is room."""

    start: float
    end: float
    word: str = ""


@dataclass(frozen=True)
class Lane:
    """One signal: when it was on, or what it said."""

    label: str
    spans: Sequence[Span]


@dataclass(frozen=True)
class Bar:
    """One bar, from zero."""

    label: str
    value: float


@dataclass
class Panel:
    """One pair of axes: ``lines`` with ``limits`` (the upper one first), ``lanes``, or ``bars`` and their mean."""

    title: str
    unit: str
    lines: list[Line] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True)
class Moment:
    """Something that happened, at ``time`` (s), in words."""

    time: float
    words: str


@dataclass
class Chart:
    """Panels one below the other; ``start`` and ``end`` (s) of what is shown.

    ``moments`` are numbered in the panels and written out below them; ``notes`` are said besides.
    """

    title: str
    start: float
    end: float
    panels: list[Panel]
    moments: list[Moment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
