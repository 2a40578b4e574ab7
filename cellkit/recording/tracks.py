"""Quantities of a recording over time. All times are in s of cell time."""

from __future__ import annotations

from dataclasses import dataclass

from cellkit.geometry import Array


@dataclass(frozen=True)
class Track:
    """One quantity: ``times`` (k,) in s of cell time, ``values`` (k, …)."""

    times: Array
    values: Array


@dataclass(frozen=True)
class JointTrack:
    """The joints of one arm: ``times`` (k,) in s; the others (k, n) in rad, rad/s and N m. ``effort`` None: unknown."""

    names: tuple[str, ...]
    times: Array
    position: Array
    velocity: Array
    effort: Array | None


@dataclass(frozen=True)
class Limits:
    """Limits of an arm's joints, each (n,), in rad, rad/s, rad/s², rad/s³ and N m; infinite where there is none."""

    names: tuple[str, ...]
    lower: Array
    upper: Array
    velocity: Array
    acceleration: Array
    jerk: Array
    effort: Array


@dataclass(frozen=True)
class Picture:
    """A camera's picture at ``time`` (s): the compressed bytes and their format (``jpeg``, ``png`` …)."""

    time: float
    data: bytes
    format: str


@dataclass(frozen=True)
class LogLine:
    """A line of the log. ``level``: 1 debug, 2 info, 3 warning, 4 error, 5 fatal."""

    time: float
    level: int
    name: str
    text: str
