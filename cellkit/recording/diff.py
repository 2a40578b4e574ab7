"""Where two runs first part: in their events, and in every family of signals.

Events are compared exactly but for their time, since equal runs are equal to the last bit; signals by tolerances, at
the times of the first recording. The moment at which a signal has departed is that of a snapshot: the true one lies
between it and the snapshot before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cellkit.errors import ConfigError
from cellkit.recording.reader import Recording
from cellkit.recording.signals import UNITS, Family, Signal, at, signals

TOLERANCES: Mapping[Family, float] = {
    "joints": 1e-3,
    "speeds": 0.05,
    "places": 1e-3,
    "forces": 5.0,
    "torques": 0.5,
    "widths": 5e-4,
    "vacuums": 1000.0,
    "io": 0.0,
    "analog": 0.005,
    "machines": 0.0,
}
"""What two signals of a family may differ by, in its unit; a choice of ours, larger than what a snapshot rate hides."""
TIME_TOLERANCE = 1e-6
"""s by which the times of two events may differ."""
_FACTS = ("scenario", "cell", "arm", "gripper", "world", "path", "seed", "quantity", "override", "fault")
_WORDS = frozenset({"io", "machines"})


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class FactDifference(_Result):
    """Something that is said of one run and not of the other; null: nothing is said."""

    what: str
    a: str | None
    b: str | None


class EventDifference(_Result):
    """The first event that is not the same in both. A line that is null: its recording has no further event."""

    number: int = Field(description="place among the events that are compared, from 1")
    time: float = Field(description="s of cell time (of A's clock), the earlier of both")
    device: str
    what: str
    a: str | None
    b: str | None


class Departure(_Result):
    """When a signal first differs by more than its tolerance. Values are those at that moment, vectors as lists;
    null: there is none, as of a part that is not there.
    """

    family: Family
    signal: str
    unit: str
    time: float = Field(description="s of cell time (of A's clock)")
    a: float | str | list[float] | None
    b: float | str | list[float] | None
    difference: float | None = Field(description="at that moment, in the unit; of vectors the length; null: no figure")
    tolerance: float
    largest: float | None = Field(description="difference at its largest, in the unit; null: no figure")
    largest_at: float | None = Field(description="s of cell time")


class Comparison(_Result):
    """Two recordings. ``equal``: the same events to the end of both, and no signal beyond its tolerance."""

    a: str
    b: str
    equal: bool
    identical: bool = Field(description="equal, and no figure of any signal differs at all")
    different_runs: list[FactDifference]
    shift: float = Field(description="s by which B's clock was moved so that both begin at once")
    compared_until: float = Field(description="s of cell time up to which both recordings go")
    cut_off: list[str] = Field(description="recordings that were not closed in order")
    events: list[int] = Field(description="number of events of A and of B that are compared")
    first_event: EventDifference | None
    departures: list[Departure] = Field(description="of every family the signal that departs first, in order of time")
    also: dict[str, int] = Field(description="number of signals of each family that depart")
    only_a: list[str] = Field(description="signals that A alone has")
    only_b: list[str]
    tolerances: dict[str, float]

    @property
    def parted(self) -> float | None:
        """The earliest moment at which anything differs; None: nothing does."""
        times = [one.time for one in self.departures]
        if self.first_event is not None:
            times.append(self.first_event.time)
        return min(times, default=None)


def compare(
    a: Recording,
    b: Recording,
    tolerances: Mapping[Family, float] | None = None,
    time_tolerance: float = TIME_TOLERANCE,
    align: bool = False,
) -> Comparison:
    """Compare. ``align``: from the first command of each on, where connecting takes differently long.

    Raises ``ConfigError`` for a recording that cannot be read or holds nothing that can be compared.
    """
    allowed = dict(TOLERANCES) | dict(tolerances or {})
    shift = _start(a) - _start(b) if align else 0.0
    until = min(a.span[1], b.span[1] + shift)
    ours, theirs = signals(a), [one.moved(shift) for one in signals(b)]
    keys_a, keys_b = _keyed(ours), _keyed(theirs)
    both = [key for key in keys_a if key in keys_b]
    if not both and not (_events(a) or _events(b)):
        raise ConfigError("the two recordings have nothing in common that can be compared", file=b.file)
    first: dict[Family, Departure] = {}
    also: dict[str, int] = {}
    worst = 0.0
    for key in both:
        departure, largest = _departure(keys_a[key], keys_b[key], allowed[key[0]], until)
        worst = max(worst, largest)
        if departure is None:
            continue
        also[key[0]] = also.get(key[0], 0) + 1
        if key[0] not in first or departure.time < first[key[0]].time:
            first[key[0]] = departure
    event = _first_event(_events(a, align), _events(b, align), shift, time_tolerance)
    cut = [str(one.file) for one in (a, b) if not one.complete]
    if cut and event is not None and (event.a is None or event.b is None):
        event = None  # one of them was cut off there
    only_a, only_b = ([_named(key) for key in one if key not in other] for one, other in _pairs(keys_a, keys_b))
    equal = event is None and not first and not cut and not only_a and not only_b
    return Comparison(
        a=str(a.file),
        b=str(b.file),
        equal=equal,
        identical=equal and worst == 0.0,
        different_runs=[
            FactDifference(what=fact, a=a.run.get(fact), b=b.run.get(fact))
            for fact in _FACTS
            if a.run.get(fact) != b.run.get(fact)
        ],
        shift=shift,
        compared_until=until,
        cut_off=cut,
        events=[len(_events(a, align)), len(_events(b, align))],
        first_event=event,
        departures=sorted(first.values(), key=lambda one: one.time),
        also=also,
        only_a=only_a,
        only_b=only_b,
        tolerances={family: allowed[family] for family in UNITS},
    )


def _pairs(one: Any, other: Any) -> Sequence[tuple[Any, Any]]:
    return (one, other), (other, one)


def _named(key: tuple[Family, str]) -> str:
    return f"{key[1]} ({key[0]})"


def _keyed(found: Sequence[Signal]) -> dict[tuple[Family, str], Signal]:
    return {(one.family, one.name): one for one in found}


# --- events ---------------------------------------------------------------------------------------------------------


def _events(recording: Recording, from_first_command: bool = False) -> list[Mapping[str, Any]]:
    """Without the header, whose facts are compared by themselves."""
    found = [one for one in recording.events if one["what"] != "header"]
    commands = [number for number, one in enumerate(found) if one["what"] == "command"]
    return found[commands[0] :] if from_first_command and commands else found


def _start(recording: Recording) -> float:
    """The time of the first command. Raises ``ConfigError``."""
    for one in recording.events:
        if one["what"] == "command":
            return float(one["t"])
    raise ConfigError("has no command by which it could be aligned", file=recording.file)


def _first_event(
    a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]], shift: float, tolerance: float
) -> EventDifference | None:
    for number in range(max(len(a), len(b))):
        one, other = (found[number] if number < len(found) else None for found in (a, b))
        if one is not None and other is not None and _same(one, other, shift, tolerance):
            continue
        times = ([float(one["t"])] if one else []) + ([float(other["t"]) + shift] if other else [])
        earlier = one if other is None or (one is not None and one["t"] <= other["t"] + shift) else other
        assert earlier is not None
        return EventDifference(
            number=number + 1,
            time=min(times),
            device=str(earlier["source"]),
            what=str(earlier["what"]),
            a=_line(one),
            b=_line(other),
        )
    return None


def _same(one: Mapping[str, Any], other: Mapping[str, Any], shift: float, tolerance: float) -> bool:
    if abs(float(one["t"]) - float(other["t"]) - shift) > tolerance:
        return False
    return {**one, "t": 0.0} == {**other, "t": 0.0}


def _line(event: Mapping[str, Any] | None) -> str | None:
    return None if event is None else json.dumps(event, ensure_ascii=False)


# --- signals --------------------------------------------------------------------------------------------------------


def _departure(a: Signal, b: Signal, tolerance: float, until: float) -> tuple[Departure | None, float]:
    """When they first differ by more than the tolerance, and by how much they do at most."""
    start = max(min(a.times, default=0.0), min(b.times, default=0.0)) if not a.held else 0.0
    times = a.times if not a.held else np.union1d(a.times, b.times)
    times = times[(times >= start) & (times <= until)]
    if a.family == "places":  # a part may be there in one run alone
        times = np.union1d(times, b.times[b.times <= until])
    if not len(times):
        return None, 0.0
    ours, theirs = _told(a, times), _told(b, times)
    apart, alone = _apart(ours, theirs, a, b)
    figures = apart[~alone]
    largest = float(figures.max()) if len(figures) else 0.0
    beyond = np.flatnonzero((apart > tolerance) | alone)
    if not len(beyond):
        return None, largest
    first = int(beyond[0])
    top = int(np.argmax(np.where(alone, -1.0, apart)))
    figured = a.family not in _WORDS and not alone[first]
    departure = Departure(
        family=a.family,
        signal=a.name,
        unit=a.unit,
        time=float(times[first]),
        a=_value(ours[first], a),
        b=_value(theirs[first], b),
        difference=float(apart[first]) if figured else None,
        tolerance=tolerance,
        largest=largest if a.family not in _WORDS and len(figures) else None,
        largest_at=float(times[top]) if a.family not in _WORDS and len(figures) else None,
    )
    return departure, max(largest, 1.0 if alone.any() else 0.0)


def _told(signal: Signal, times: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return at(signal, times).reshape(len(times), -1)


def _apart(ours: Any, theirs: Any, a: Signal, b: Signal) -> tuple[Any, Any]:
    """(k,) by how much, and (k,) whether there is a value in one of them alone."""
    nothing, none = np.isnan(ours).any(axis=1), np.isnan(theirs).any(axis=1)
    if a.words or b.words:
        said = [(_word(one, a), _word(other, b)) for one, other in zip(ours[:, 0], theirs[:, 0], strict=True)]
        apart = np.array([float(one != other) for one, other in said])
    else:
        apart = np.linalg.norm(ours - theirs, axis=1)
    apart = np.where(nothing | none, 0.0, apart)
    return apart, nothing ^ none


def _word(number: float, signal: Signal) -> str | None:
    return None if np.isnan(number) else signal.words[int(number)]


def _value(row: Any, signal: Signal) -> float | str | list[float] | None:
    if np.isnan(row).any():
        return None
    if signal.words:
        return _word(row[0], signal)
    if signal.family == "io":
        return "on" if row[0] else "off"
    return float(row[0]) if len(row) == 1 else [float(one) for one in row]
