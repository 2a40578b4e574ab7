"""The moment at which two runs part, as a chart: the signals that depart first, of both runs over each other."""

from __future__ import annotations

import numpy as np

from cellkit.geometry import Array
from cellkit.recording.chart import Chart, Line, Moment, Panel
from cellkit.recording.diff import Comparison
from cellkit.recording.reader import Recording
from cellkit.recording.signals import Family, Signal, at, place_signals, signals

BEFORE, AFTER = 1.0, 2.0
"""s that are shown before and after it."""
_STEP = 0.005  # s


def parting(a: Recording, b: Recording, comparison: Comparison) -> Chart | None:
    """None: nothing parts, or nothing that could be drawn."""
    moment = comparison.parted
    if moment is None or not comparison.departures:
        return None
    end = max([moment, *(one.time for one in comparison.departures if one.time < moment + 10.0)])
    start, stop = max(min(a.span[0], moment), moment - BEFORE), min(comparison.compared_until, end + AFTER)
    if stop <= start:
        return None
    wanted = {(one.family, one.signal) for one in comparison.departures}
    ours = _found(a, wanted, 0.0)
    theirs = _found(b, wanted, comparison.shift)
    panels = [
        panel
        for one in comparison.departures
        for panel in _panels(ours[one.family, one.signal], theirs[one.family, one.signal], start, stop)
    ]
    moments = [
        Moment(
            one.time,
            f"{one.signal} departs by more than {one.tolerance:g} {one.unit}" if one.unit else f"{one.signal} differs",
        )
        for one in comparison.departures
        if start <= one.time <= stop
    ]
    if comparison.first_event is not None and start <= comparison.first_event.time <= stop:
        event = comparison.first_event
        moments.append(Moment(event.time, f"first event that differs: {event.device} {event.what}"))
    names = f"A: {a.file.name}; B: {b.file.name}"
    return Chart(names, start, stop, panels, sorted(moments, key=lambda one: one.time))


def _found(recording: Recording, wanted: set[tuple[Family, str]], shift: float) -> dict[tuple[Family, str], Signal]:
    found = signals(recording, places=False)
    things = [name for family, name in wanted if family == "places"]
    if things:
        found += place_signals(recording, things)
    return {(one.family, one.name): one.moved(shift) for one in found if (one.family, one.name) in wanted}


def _panels(a: Signal, b: Signal, start: float, stop: float) -> list[Panel]:
    """One, or of places and vectors one for each axis that differs most."""
    times = np.arange(start, stop, _STEP)
    ours, theirs = (_sampled(one, times) for one in (a, b))
    if ours.shape[1] == 1:
        return [_panel(f"{a.name} ({a.family})", a, times, ours[:, 0], theirs[:, 0], b)]
    apart = np.nan_to_num(np.abs(ours - theirs)).max(axis=0)
    axis = int(np.argmax(apart))
    return [_panel(f"{a.name}, {'xyz'[axis]} ({a.family})", a, times, ours[:, axis], theirs[:, axis], b)]


def _sampled(signal: Signal, times: Array) -> Array:
    values: Array = at(signal, times).reshape(len(times), -1)
    return values


def _panel(title: str, signal: Signal, times: Array, ours: Array, theirs: Array, other: Signal) -> Panel:
    unit = signal.unit
    if signal.words or signal.family == "io":
        words = dict.fromkeys([*signal.words, *other.words])
        title += f": {', '.join(f'{n} {word}' for n, word in enumerate(words))}" if words else ": 0 off, 1 on"
        if words:
            order = list(words)
            ours, theirs = (
                np.array([np.nan if np.isnan(value) else order.index(one.words[int(value)]) for value in values])
                for one, values in ((signal, ours), (other, theirs))
            )
    lines = [Line("A", times, ours, 0, signal.held), Line("B", times, theirs, 1, other.held)]
    return Panel(title, unit, lines)
