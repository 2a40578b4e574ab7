"""Charts of a recording: joints, speeds against limits, TCP speed, forces, grippers, signals, cycle times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.models.load import model_ids
from cellkit.recording import topics
from cellkit.recording.chart import Bar, Chart, Lane, Line, Moment, Panel, Span
from cellkit.recording.loglines import log_line
from cellkit.recording.reader import Recording
from cellkit.recording.signals import FLANGE, Signal, io_signals
from cellkit.recording.torques import motor_torques

_WARNING = 3  # level of a line of the log
_MAX_MOMENTS = 12
_TCP_WINDOW = 0.1  # s over which the speed of the TCP is averaged


def chart(
    recording: Recording, what: Sequence[str] = (), start: float | None = None, end: float | None = None
) -> Chart:
    """Return the chart of a recording. ``what``: keys of ``PANELS``; empty: all that the recording has data for.

    Raises ``ConfigError`` for an unknown key, a key without data, and a time span outside the recording.
    """
    for key in what:
        if key not in PANELS:
            raise ConfigError(f"--what {key}: expected {', '.join(list(PANELS)[:-1])} or {list(PANELS)[-1]}")
    first, last = recording.span
    begin, stop = first if start is None else start, last if end is None else end
    if not (begin < stop and begin < last and stop > first):
        raise ConfigError(
            f"--from {begin:g} --to {stop:g} is empty: the recording goes from {first:.2f} to {last:.2f} s"
        )
    panels = []
    for key in dict.fromkeys(what) or PANELS:
        panels_of_key = PANELS[key](recording)
        if what and not panels_of_key:
            raise ConfigError(f"no data for --what {key}; the recording has {_topics(recording)}", file=recording.file)
        panels += panels_of_key
    if not panels:
        raise ConfigError(f"no data that can be plotted; the recording has {_topics(recording)}", file=recording.file)
    moments = [moment for moment in _moments(recording) if begin <= moment.time <= stop]
    notes = [] if recording.complete else [f"The recording was cut off at {last:.2f} s."]
    if len(moments) > _MAX_MOMENTS:
        notes.append(f"The first {_MAX_MOMENTS} of {len(moments)} warnings and errors are marked.")
    return Chart(_title(recording), begin, stop, panels, moments[:_MAX_MOMENTS], notes)


def _topics(recording: Recording) -> str:
    return ", ".join(recording.topics) or "no topics"


def _title(recording: Recording) -> str:
    run = recording.run
    if not run:
        return recording.file.name
    facts = [run.get(key, "") for key in ("scenario", "arm", "gripper", "world", "path")]
    fault = f", fault {run['fault']}" if run.get("fault") else ""
    return ", ".join(fact for fact in facts if fact) + f", seed {run.get('seed', '?')}{fault}"


def _moments(recording: Recording) -> list[Moment]:
    """Return warnings and errors with the texts of the log."""
    if not recording.own:
        return []
    moments = []
    for event in recording.events:
        line = log_line(event)
        if line is not None and line[0] >= _WARNING:
            moments.append(Moment(float(event["t"]), f"{line[1]}: {line[2]}"))
    result = recording.result
    if result is not None and result.failure is not None:
        moments.append(Moment(result.failure.when, f"the run failed: {result.failure.what} ({result.failure.where})"))
    return moments


def _joints(recording: Recording) -> list[Panel]:
    panels = []
    for arm in recording.arms:
        track = recording.joints(arm)
        lines = [Line(name, track.times, track.position[:, n], n) for n, name in enumerate(track.names)]
        panels.append(Panel(f"{arm}: joint positions", "rad", lines))
    return [panel for panel in panels if panel.lines]


def _speeds(recording: Recording) -> list[Panel]:
    """Return one panel for each joint, since every joint has its own limits."""
    panels = []
    for arm in recording.arms:
        track, limits = recording.joints(arm), recording.limits(arm)
        for number, name in enumerate(track.names):
            panel = Panel(f"{arm}: speed of {name}", "rad/s", [Line(name, track.times, track.velocity[:, number])])
            if limits is not None and name in limits.names:
                limit = float(limits.velocity[limits.names.index(name)])
                if math.isfinite(limit):
                    panel.limits = [limit, -limit]
            panels.append(panel)
    return panels


def _torques(recording: Recording) -> list[Panel]:
    """Return the torques of the motors of arms with a shipped model, as shares of each joint's greatest torque."""
    panels, shipped = [], model_ids("arm")
    for arm in recording.arms if recording.own else ():
        limits = recording.limits(arm)
        if limits is None or recording.models.get(arm) not in shipped:
            continue
        track = motor_torques(recording, arm)
        lines = [
            Line(name, track.times, track.values[:, number] / greatest * 100, number)
            for number, (name, greatest) in enumerate(zip(limits.names, limits.effort, strict=True))
            if math.isfinite(greatest)
        ]
        panels.append(Panel(f"{arm}: torques of the motors", "% of the greatest", lines, [100.0, -100.0]))
    return [panel for panel in panels if panel.lines]


def _tcp(recording: Recording) -> list[Panel]:
    """Return panels with the speed of the TCP, or of the flange where no TCP is recorded.

    The speed is a mean over ``_TCP_WINDOW`` s, since snapshots fall between the steps of a physics world.
    """
    panels = []
    for arm in recording.arms if recording.own else ():
        flange = recording.path(f"{arm}/{FLANGE}")
        if len(flange.times) < 12:
            continue
        tcps = list(recording.messages(topics.tcp(arm)))
        points = _tcp_points(flange.times, flange.values, tcps)
        n = max(1, round(_TCP_WINDOW / float(np.median(np.diff(flange.times)))))
        steps = flange.times[n:] - flange.times[:-n]
        speeds = np.linalg.norm(points[n:] - points[:-n], axis=1) / steps
        middle = (flange.times[n:] + flange.times[:-n]) / 2
        point = "TCP" if tcps else "flange"
        title = f"{arm}: speed of the {point}, mean over {float(np.median(steps)):.3g} s"
        panels.append(Panel(title, "m/s", [Line(point, middle, speeds)]))
    return panels


def _tcp_points(times: Array, flange: Array, tcps: Sequence[tuple[float, Mapping[str, Any]]]) -> Array:
    """Return the places (k, 3) of the TCP in frame ``world``; each TCP holds from its message on."""
    offsets = np.zeros((len(times), 4))
    offsets[:, 3] = 1.0
    for time, tcp in tcps:
        offsets[times >= time] = np.array(tcp["matrix"]).reshape(4, 4)[:, 3]
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
    io = io_signals(recording)
    lanes = [Lane(signal.name, _spans(signal, last)) for signal in io if signal.family in ("io", "machines")]
    shares = [signal for signal in io if signal.family == "analog"]
    panels = [Panel("signals: filled while on; machines: their states", "", lanes=lanes)] if lanes else []
    if shares:
        lines = [Line(signal.name, signal.times, signal.values * 100, n, held=True) for n, signal in enumerate(shares)]
        panels.append(Panel("analog signals", "% of range", lines))
    return panels


def _spans(signal: Signal, last: float) -> list[Span]:
    spans: list[Span] = []
    ends = [*signal.times[1:].tolist(), last]
    for start, end, value in zip(signal.times.tolist(), ends, signal.values.tolist(), strict=True):
        word = signal.words[int(value)].lower() if signal.words else ""
        if word or value == 1.0:
            continues = bool(spans) and spans[-1].end == start and spans[-1].word == word
            spans.append(Span(spans.pop().start if continues else start, end, word))
    return spans


def cycle_times(recording: Recording) -> list[tuple[str, float]]:
    """Return each part with the time (s) since the part before; the first counts from the end of connecting."""
    cycles: list[tuple[str, float]] = []
    before, connecting = 0.0, True
    for event in recording.events if recording.own else ():
        what, time = event["what"], float(event["t"])
        if what == "connected" and connecting:
            before = time
        elif what in ("command", "waiting"):
            connecting = False
        elif what == "part_finished":
            cycles.append((str(event.get("part") or len(cycles) + 1), time - before))
            before = time
    return cycles


def _cycle(recording: Recording) -> list[Panel]:
    bars = [Bar(name, value) for name, value in cycle_times(recording)]
    return [Panel("cycle time of every part; dashed: mean", "s", bars=bars)] if bars else []


PANELS: Mapping[str, Callable[[Recording], list[Panel]]] = {
    "joints": _joints,
    "speeds": _speeds,
    "torques": _torques,
    "tcp": _tcp,
    "forces": _forces,
    "grippers": _grippers,
    "io": _io,
    "cycle": _cycle,
}
"""The groups of panels, by their key."""
