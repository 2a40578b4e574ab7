"""The comparison of two recorded runs: the first difference in their events, and in every family of signals.

Events are compared exactly, except their times, since equal runs are bit-identical. Signals are compared with
tolerances, at the times of the first recording. The time of a difference is that of a snapshot; the signals began to
differ between this snapshot and the one before.
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
"""Allowed difference of two signals of a family, in its unit. The values are our choice; they exceed the error that the
snapshot rate causes.
"""
TIME_TOLERANCE = 1e-6
"""Allowed difference of the times of two events, in s."""
_FACTS = ("scenario", "cell", "arm", "gripper", "world", "path", "seed", "quantity", "override", "fault")
_WORDS = frozenset({"io", "machines"})


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class FactDifference(_Result):
    """A fact in which the runs differ; null: the recording does not state it."""

    what: str
    a: str | None
    b: str | None


class EventDifference(_Result):
    """The first event that differs. ``a`` or ``b`` is null if its recording has no further event."""

    number: int = Field(description="number among the compared events, from 1")
    time: float = Field(description="s of cell time (of A's clock), the earlier of both")
    device: str
    what: str
    a: str | None
    b: str | None


class Departure(_Result):
    """The first time at which a signal differs by more than its tolerance, with both values; vectors are lists.

    A value is null if it does not exist, as the place of a part that is absent.
    """

    family: Family
    signal: str
    unit: str
    time: float = Field(description="s of cell time (of A's clock)")
    a: float | str | list[float] | None
    b: float | str | list[float] | None
    difference: float | None = Field(description="at that time, in the unit; length for vectors; null: not a number")
    tolerance: float
    largest: float | None = Field(description="largest difference, in the unit; null: not a number")
    largest_at: float | None = Field(description="s of cell time")


class Comparison(_Result):
    """The comparison. ``equal``: both have the same events up to their ends, and no signal exceeds its tolerance."""

    a: str
    b: str
    equal: bool
    identical: bool = Field(description="equal, and all values of all signals are bit-identical")
    different_runs: list[FactDifference]
    shift: float = Field(description="s by which B's clock was shifted, to align the first commands")
    compared_until: float = Field(description="s of cell time at which the shorter recording ends")
    cut_off: list[str] = Field(description="recordings that were not closed properly")
    events: list[int] = Field(description="number of compared events of A and of B")
    first_event: EventDifference | None
    departures: list[Departure] = Field(description="for every family the signal that differs first, in order of time")
    also: dict[str, int] = Field(description="number of signals of each family that differ")
    only_a: list[str] = Field(description="signals that only A has")
    only_b: list[str]
    tolerances: dict[str, float]

    @property
    def first_difference(self) -> float | None:
        """The earliest time (s) of a difference; None: there is no difference."""
        times = [departure.time for departure in self.departures]
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
    """Compare two recordings. ``align``: from the first command of each on, since connecting may take different times.

    Raises ``ConfigError`` for a recording that cannot be read or has no data to compare.
    """
    allowed = dict(TOLERANCES) | dict(tolerances or {})
    shift = _start(a) - _start(b) if align else 0.0
    until = min(a.span[1], b.span[1] + shift)
    ours, theirs = signals(a), [signal.shifted(shift) for signal in signals(b)]
    keys_a, keys_b = _keyed(ours), _keyed(theirs)
    both = [key for key in keys_a if key in keys_b]
    if not both and not (_events(a) or _events(b)):
        raise ConfigError(f"no event and no signal in common with {a.file}: nothing can be compared", file=b.file)
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
    cut = [str(recording.file) for recording in (a, b) if not recording.complete]
    if cut and event is not None and (event.a is None or event.b is None):
        event = None  # the other recording was cut off there
    only_a = [_named(key) for key in keys_a if key not in keys_b]
    only_b = [_named(key) for key in keys_b if key not in keys_a]
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
        departures=sorted(first.values(), key=lambda departure: departure.time),
        also=also,
        only_a=only_a,
        only_b=only_b,
        tolerances={family: allowed[family] for family in UNITS},
    )


def _named(key: tuple[Family, str]) -> str:
    return f"{key[1]} ({key[0]})"


def _keyed(members: Sequence[Signal]) -> dict[tuple[Family, str], Signal]:
    return {(signal.family, signal.name): signal for signal in members}


# --- events ---------------------------------------------------------------------------------------------------------


def _events(recording: Recording, from_first_command: bool = False) -> list[Mapping[str, Any]]:
    """Return the events without the header, whose facts are compared separately."""
    events = [event for event in recording.events if event["what"] != "header"]
    commands = [number for number, event in enumerate(events) if event["what"] == "command"]
    return events[commands[0] :] if from_first_command and commands else events


def _start(recording: Recording) -> float:
    """Return the time of the first command. Raises ``ConfigError``."""
    for event in recording.events:
        if event["what"] == "command":
            return float(event["t"])
    raise ConfigError("the recording has no command: --align is not possible", file=recording.file)


def _first_event(
    a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]], shift: float, tolerance: float
) -> EventDifference | None:
    for number in range(max(len(a), len(b))):
        one, other = (events[number] if number < len(events) else None for events in (a, b))
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
    """Return the first difference beyond the tolerance, and the largest difference."""
    start = max(min(a.times, default=0.0), min(b.times, default=0.0)) if not a.held else 0.0
    times = a.times if not a.held else np.union1d(a.times, b.times)
    times = times[(times >= start) & (times <= until)]
    if a.family == "places":  # a part may exist in one run only
        times = np.union1d(times, b.times[b.times <= until])
    if not len(times):
        return None, 0.0
    values_a, values_b = (at(signal, times).reshape(len(times), -1) for signal in (a, b))
    difference, one_sided = _differences(values_a, values_b, a, b)
    numbers = difference[~one_sided]
    largest = float(numbers.max()) if len(numbers) else 0.0
    beyond = np.flatnonzero((difference > tolerance) | one_sided)
    if not len(beyond):
        return None, largest
    first = int(beyond[0])
    top = int(np.argmax(np.where(one_sided, -1.0, difference)))
    numeric = a.family not in _WORDS and bool(len(numbers))
    departure = Departure(
        family=a.family,
        signal=a.name,
        unit=a.unit,
        time=float(times[first]),
        a=_value(values_a[first], a),
        b=_value(values_b[first], b),
        difference=float(difference[first]) if numeric and not one_sided[first] else None,
        tolerance=tolerance,
        largest=largest if numeric else None,
        largest_at=float(times[top]) if numeric else None,
    )
    return departure, max(largest, 1.0 if one_sided.any() else 0.0)


def _differences(values_a: Any, values_b: Any, a: Signal, b: Signal) -> tuple[Any, Any]:
    """Return the differences (k,), and whether only one of both has a value (k,)."""
    missing_a, missing_b = np.isnan(values_a).any(axis=1), np.isnan(values_b).any(axis=1)
    if a.words or b.words:
        pairs = zip(values_a[:, 0], values_b[:, 0], strict=True)
        difference = np.array([float(_word(one, a) != _word(other, b)) for one, other in pairs])
    else:
        difference = np.linalg.norm(values_a - values_b, axis=1)
    return np.where(missing_a | missing_b, 0.0, difference), missing_a ^ missing_b


def _word(number: float, signal: Signal) -> str | None:
    return None if np.isnan(number) else signal.words[int(number)]


def _value(row: Any, signal: Signal) -> float | str | list[float] | None:
    if np.isnan(row).any():
        return None
    if signal.words:
        return _word(row[0], signal)
    if signal.family == "io":
        return "on" if row[0] else "off"
    return float(row[0]) if len(row) == 1 else [float(component) for component in row]
