"""Charts of a recording: joints, speeds against limits, TCP speed, forces, grippers, signals, cycle times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.recording import topics
from cellkit.recording.chart import Bar, Chart, Lane, Line, Moment, Panel, Span
from cellkit.recording.loglines import log_line
from cellkit.recording.reader import Recording
from cellkit.recording.signals import FLANGE, Signal, io_signals

_WARNING = 3  # level of a line of the log
_MOST_MOMENTS = 12
_OVER = 0.1  # s


def chart(
    recording: Recording, what: Sequence[str] = (), start: float | None = None, end: float | None = None
) -> Chart:
    """``what``: keys of ``PANELS``, none: all that is there. Raises ``ConfigError``: no such key, nothing of it."""
    for one in what:
        if one not in PANELS:
            raise ConfigError(f"--what {one}: expected {', '.join(list(PANELS)[:-1])} or {list(PANELS)[-1]}")
    first, last = recording.span
    begin, stop = first if start is None else start, last if end is None else end
    if not (begin < stop and begin < last and stop > first):
        raise ConfigError(f"--from {begin:g} --to {stop:g}: the recording goes from {first:.2f} to {last:.2f} s")
    panels = []
    for key in dict.fromkeys(what) or PANELS:
        found = PANELS[key](recording)
        if what and not found:
            raise ConfigError(f"holds nothing for --what {key}; it has {_topics(recording)}", file=recording.file)
        panels += found
    if not panels:
        raise ConfigError(f"holds nothing that can be plotted; it has {_topics(recording)}", file=recording.file)
    moments = [one for one in _moments(recording) if begin <= one.time <= stop]
    notes = [] if recording.complete else [f"The recording was cut off at {last:.2f} s."]
    if len(moments) > _MOST_MOMENTS:
        notes.append(f"Of {len(moments)} warnings and errors the first {_MOST_MOMENTS} are marked.")
    return Chart(_title(recording), begin, stop, panels, moments[:_MOST_MOMENTS], notes)


def _topics(recording: Recording) -> str:
    return ", ".join(recording.topics) or "no topics"


def _title(recording: Recording) -> str:
    run = recording.run
    if not run:
        return recording.file.name
    facts = [run.get(key, "") for key in ("scenario", "arm", "gripper", "world", "path")]
    fault = f", fault {run['fault']}" if run.get("fault") else ""
    return ", ".join(one for one in facts if one) + f", seed {run.get('seed', '?')}{fault}"


def _moments(recording: Recording) -> list[Moment]:
    """Errors, stops and lost things, in the words of the log."""
    if not recording.own:
        return []
    found = []
    for event in recording.events:
        line = log_line(event)
        if line is not None and line[0] >= _WARNING:
            found.append(Moment(float(event["t"]), f"{line[1]}: {line[2]}"))
    result = recording.result
    if result is not None and result.failure is not None:
        found.append(Moment(result.failure.when, f"the run fails: {result.failure.what} ({result.failure.where})"))
    return found


def _joints(recording: Recording) -> list[Panel]:
    panels = []
    for arm in recording.arms:
        track = recording.joints(arm)
        lines = [Line(name, track.times, track.position[:, n], n) for n, name in enumerate(track.names)]
        panels.append(Panel(f"{arm}: joint positions", "rad", lines))
    return [one for one in panels if one.lines]


def _speeds(recording: Recording) -> list[Panel]:
    """One panel a joint, with its limits, since every joint has its own."""
    panels = []
    for arm in recording.arms:
        track, limits = recording.joints(arm), recording.limits(arm)
        for number, name in enumerate(track.names):
            panel = Panel(f"{arm}: speed of {name}", "rad/s", [Line(name, track.times, track.velocity[:, number])])
            if limits is not None and name in limits.names:
                most = float(limits.velocity[limits.names.index(name)])
                if math.isfinite(most):
                    panel.limits = [most, -most]
            panels.append(panel)
    return panels


def _tcp(recording: Recording) -> list[Panel]:
    """Mean speed of the TCP over ``_OVER`` s, since snapshots fall between the steps of a physics world; of the flange
    where no TCP is recorded.
    """
    panels = []
    for arm in recording.arms if recording.own else ():
        flange = recording.path(f"{arm}/{FLANGE}")
        if len(flange.times) < 12:
            continue
        told = list(recording.messages(topics.tcp(arm)))
        points = _tcp_points(flange.times, flange.values, told)
        apart = max(1, round(_OVER / float(np.median(np.diff(flange.times)))))
        steps = flange.times[apart:] - flange.times[:-apart]
        speeds = np.linalg.norm(points[apart:] - points[:-apart], axis=1) / steps
        middle = (flange.times[apart:] + flange.times[:-apart]) / 2
        of = "TCP" if told else "flange"
        title = f"{arm}: speed of the {of}, from its places {float(np.median(steps)):.3g} s apart"
        panels.append(Panel(title, "m/s", [Line(of, middle, speeds)]))
    return panels


def _tcp_points(times: Array, flange: Array, told: Sequence[tuple[float, Mapping[str, Any]]]) -> Array:
    """(k, 3) of the TCP in frame ``world``. A tool that is changed is no movement: one tool per step is enough here."""
    offsets = np.zeros((len(times), 4))
    offsets[:, 3] = 1.0
    for time, one in told:
        offsets[times >= time] = np.array(one["matrix"]).reshape(4, 4)[:, 3]
    points: Array = np.einsum("kij,kj->ki", flange, offsets)[:, :3]
    return points


def _forces(recording: Recording) -> list[Panel]:
    panels = []
    for arm in recording.roles("wrench") if recording.own else ():
        track = recording.wrench(arm)
        for title, unit, part in (("force", "N", track.values[:, :3]), ("torque", "N m", track.values[:, 3:])):
            lines = [Line(axis, track.times, part[:, number], number) for number, axis in enumerate("xyz")]
            lines.append(Line("magnitude", track.times, np.linalg.norm(part, axis=1), 3))
            panels.append(Panel(f"{arm}: {title} of the tool on the flange, in its frame", unit, lines))
    return panels


def _grippers(recording: Recording) -> list[Panel]:
    panels = []
    if recording.own:
        for role in recording.roles("width"):
            track = recording.width(role)
            panels.append(Panel(f"{role}: opening", "mm", [Line("opening", track.times, track.values * 1e3)]))
        for role in recording.roles("vacuum"):
            track = recording.vacuum(role)
            lines = [Line("vacuum", track.times, track.values / 1e3)]
            panels.append(Panel(f"{role}: vacuum below ambient", "kPa", lines))
    return panels


def _io(recording: Recording) -> list[Panel]:
    if not recording.own:
        return []
    last = recording.span[1]
    found = io_signals(recording)
    lanes = [Lane(one.name, _spans(one, last)) for one in found if one.family in ("io", "machines")]
    shares = [one for one in found if one.family == "analog"]
    panels = [Panel("signals: filled while on; machines: what they say", "", lanes=lanes)] if lanes else []
    if shares:
        lines = [Line(one.name, one.times, one.values * 100, n, held=True) for n, one in enumerate(shares)]
        panels.append(Panel("analog signals", "% of range", lines))
    return panels


def _spans(signal: Signal, last: float) -> list[Span]:
    found: list[Span] = []
    ends = [*signal.times[1:].tolist(), last]
    for start, end, value in zip(signal.times.tolist(), ends, signal.values.tolist(), strict=True):
        word = signal.words[int(value)].lower() if signal.words else ""
        if word or value == 1.0:
            goes_on = bool(found) and found[-1].end == start and found[-1].word == word
            found.append(Span(found.pop().start if goes_on else start, end, word))
    return found


def cycle_times(recording: Recording) -> list[tuple[str, float]]:
    """Part and time (s) from one finished part to the next; the first counts from when all is connected."""
    found: list[tuple[str, float]] = []
    before, opening = 0.0, True
    for event in recording.events if recording.own else ():
        what, time = event["what"], float(event["t"])
        if what == "connected" and opening:
            before = time
        elif what in ("command", "waiting"):
            opening = False
        elif what == "part_finished":
            found.append((str(event.get("part") or len(found) + 1), time - before))
            before = time
    return found


def _cycle(recording: Recording) -> list[Panel]:
    bars = [Bar(name, value) for name, value in cycle_times(recording)]
    return [Panel("cycle time of every part; dashed: mean", "s", bars=bars)] if bars else []


PANELS: Mapping[str, Callable[[Recording], list[Panel]]] = {
    "joints": _joints,
    "speeds": _speeds,
    "tcp": _tcp,
    "forces": _forces,
    "grippers": _grippers,
    "io": _io,
    "cycle": _cycle,
}
"""What can be plotted."""
