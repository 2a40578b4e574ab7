"""A chart of the first differences of two runs: the signals that differ first, of both runs in one panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellkit.geometry import Array
from cellkit.recording.chart import Chart, Line, Moment, Panel
from cellkit.recording.diff import Comparison
from cellkit.recording.reader import Recording
from cellkit.recording.signals import Family, Signal, at, place_signals, signals

BEFORE, AFTER = 1.0, 2.0
"""s that are shown before the first and after the last of these differences."""
_STEP = 0.005  # s


def difference_chart(a: Recording, b: Recording, comparison: Comparison) -> Chart | None:
    """Return the chart of the first differences; None if no signal differs."""
    moment = comparison.first_difference
    if moment is None or not comparison.departures:
        return None
    departures = comparison.departures
    end = max([moment, *(each.time for each in departures if each.time < moment + 10.0)])
    start, stop = max(min(a.span[0], moment), moment - BEFORE), min(comparison.compared_until, end + AFTER)
    if stop <= start:
        return None
    keys = [(each.family, each.signal) for each in departures]
    signals_a = _selected(a, keys, 0.0)
    signals_b = _selected(b, keys, comparison.shift)
    panels = [_signal_panel(signals_a[key], signals_b[key], start, stop) for key in keys]
    moments = [
        Moment(
            each.time, f"{each.signal} differs" + (f" by more than {each.tolerance:g} {each.unit}" if each.unit else "")
        )
        for each in departures
        if start <= each.time <= stop
    ]
    if comparison.first_event is not None and start <= comparison.first_event.time <= stop:
        event = comparison.first_event
        moments.append(Moment(event.time, f"first event that differs: {event.device} {event.what}"))
    names = f"A: {a.file.name}; B: {b.file.name}"
    return Chart(names, start, stop, panels, sorted(moments, key=lambda each: each.time))


def _selected(
    recording: Recording, keys: Sequence[tuple[Family, str]], shift: float
) -> dict[tuple[Family, str], Signal]:
    selected = signals(recording, places=False)
    bodies = [name for family, name in keys if family == "places"]
    if bodies:
        selected += place_signals(recording, bodies)
    return {key: signal.shifted(shift) for signal in selected if (key := (signal.family, signal.name)) in keys}


def _signal_panel(a: Signal, b: Signal, start: float, stop: float) -> Panel:
    """Return the panel of a signal; for places and vectors of the axis with the largest difference."""
    times = np.arange(start, stop, _STEP)
    values_a, values_b = (at(signal, times).reshape(len(times), -1) for signal in (a, b))
    axis, name = 0, a.name
    if values_a.shape[1] > 1:
        axis = int(np.argmax(np.nan_to_num(np.abs(values_a - values_b)).max(axis=0)))
        name = f"{a.name}, {'xyz'[axis]}"
    title = f"{name} ({a.family})"
    values_a, values_b = values_a[:, axis], values_b[:, axis]
    words = list(dict.fromkeys([*a.words, *b.words]))
    if words:
        title += f": {', '.join(f'{n} {word}' for n, word in enumerate(words))}"
        values_a, values_b = (_renumbered(a, values_a, words), _renumbered(b, values_b, words))
    elif a.family == "io":
        title += ": 0 off, 1 on"
    return Panel(title, a.unit, [Line("A", times, values_a, 0, a.held), Line("B", times, values_b, 1, b.held)])


def _renumbered(signal: Signal, values: Array, words: Sequence[str]) -> Array:
    """Return the indices in ``words`` of a signal with words of its own."""
    return np.array([np.nan if np.isnan(value) else words.index(signal.words[int(value)]) for value in values])
