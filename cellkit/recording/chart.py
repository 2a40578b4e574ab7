"""Charts as data: panels with a common time axis, with lines, limits and moments in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cellkit.geometry import Array


@dataclass(frozen=True)
class Line:
    """A quantity over time. ``look``: number of its style, which differs from others not by colour alone.

    ``held``: a value holds until the next one.
    """

    label: str
    times: Array
    values: Array
    look: int = 0
    held: bool = False


@dataclass(frozen=True)
class Span:
    """A span of time in a lane, with a word in it if there is room."""

    start: float
    end: float
    word: str = ""


@dataclass(frozen=True)
class Lane:
    """One signal as spans: the times at which it was on, or its states."""

    label: str
    spans: Sequence[Span]


@dataclass(frozen=True)
class Bar:
    """One bar, from zero."""

    label: str
    value: float


@dataclass
class Panel:
    """One pair of axes: ``lines`` with ``limits`` (the upper limit first), ``lanes``, or ``bars`` and their mean."""

    title: str
    unit: str
    lines: list[Line] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True)
class Moment:
    """A marked event at ``time`` (s), in words."""

    time: float
    words: str


@dataclass
class Chart:
    """Panels below each other, from ``start`` to ``end`` (s).

    ``moments`` are numbered in the panels and listed below them, followed by ``notes``.
    """

    title: str
    start: float
    end: float
    panels: list[Panel]
    moments: list[Moment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
