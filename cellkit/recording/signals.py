"""The quantities of a recording as signals, grouped in families, for plots and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from cellkit.geometry import Array
from cellkit.recording.reader import Recording
from cellkit.recording.tracks import JointTrack

Family = Literal["joints", "speeds", "places", "forces", "torques", "widths", "vacuums", "io", "analog", "machines"]
UNITS: Mapping[Family, str] = {
    "joints": "rad",
    "speeds": "rad/s",
    "places": "m",
    "forces": "N",
    "torques": "N m",
    "widths": "m",
    "vacuums": "Pa",
    "io": "",
    "analog": "",
    "machines": "",
}
"""Unit of each family; digital signals, shares of a range and states of machines have none."""
FLANGE = "tool"
"""The drawn link of every arm that is at its flange: ``robot/tool``."""


@dataclass(frozen=True)
class Signal:
    """One quantity. ``times`` (k,) in s; ``values`` (k,), or (k, 3) for vectors and places.

    ``held``: a value holds until the next one; such values are 0 or 1, shares, or indices of ``words``. NaN: a broken
    wire.
    """

    name: str
    family: Family
    times: Array
    values: Array
    held: bool = False
    words: tuple[str, ...] = field(default=())

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return UNITS[self.family]

    def shifted(self, seconds: float) -> Signal:
        """Return the same signal, later by ``seconds``."""
        return replace(self, times=self.times + seconds)


def signals(recording: Recording, places: bool = True) -> list[Signal]:
    """Return all signals of a recording; of a foreign one the joints only. Reading ``places`` takes longest."""
    result = [signal for arm in recording.arms for signal in joint_signals(arm, recording.joints(arm))]
    if not recording.own:
        return result
    if places:
        result += place_signals(recording)
    for arm in recording.roles("wrench"):
        track = recording.wrench(arm)
        result.append(Signal(f"{arm} force", "forces", track.times, track.values[:, :3]))
        result.append(Signal(f"{arm} torque", "torques", track.times, track.values[:, 3:]))
    for role in recording.roles("width"):
        track = recording.width(role)
        result.append(Signal(f"{role} opening", "widths", track.times, track.values))
    for role in recording.roles("vacuum"):
        track = recording.vacuum(role)
        result.append(Signal(f"{role} vacuum", "vacuums", track.times, track.values))
    return result + io_signals(recording)


def joint_signals(arm: str, track: JointTrack) -> list[Signal]:
    """Return positions and speeds of an arm's joints."""
    return [
        Signal(f"{arm} {name}", family, track.times, values[:, number])
        for family, values in _joint_values(track)
        for number, name in enumerate(track.names)
    ]


def _joint_values(track: JointTrack) -> Sequence[tuple[Family, Array]]:
    return ("joints", track.position), ("speeds", track.velocity)


def io_signals(recording: Recording) -> list[Signal]:
    """Return digital and analog signals, and the states of machines."""
    result = []
    for role in recording.roles("signals"):
        result += _held(role, "io", recording.signals(role))
    for role in recording.roles("analog"):
        result += _held(role, "analog", recording.analog(role))
    for role in recording.roles("state"):
        rows = recording.machine(role)
        times = np.array([time for time, _ in rows])
        for key in rows[0][1] if rows else ():
            texts = [values.get(key, "") for _, values in rows]
            words = tuple(dict.fromkeys(texts))
            numbers = np.array([words.index(text) for text in texts], dtype=np.float64)
            result.append(Signal(f"{role} {key}", "machines", times, numbers, held=True, words=words))
    return result


def _held(role: str, family: Family, rows: Sequence[tuple[float, Mapping[str, float | None]]]) -> list[Signal]:
    times = np.array([time for time, _ in rows])
    names = dict.fromkeys(name for _, values in rows for name in values)
    return [
        Signal(
            f"{role} {name}",
            family,
            times,
            np.array([np.nan if row.get(name) is None else float(row[name] or 0.0) for _, row in rows]),
            held=True,
        )
        for name in names
    ]


def place_signals(recording: Recording, names: Iterable[str] | None = None) -> list[Signal]:
    """Return the places (k, 3) of bodies in frame ``world``; of an arm only its flange, since its joints are recorded.

    A body that is absent for a while has a gap in its times. ``names``: only these bodies.
    """
    arms = set(recording.arms)
    wanted = None if names is None else set(names)
    times: dict[str, list[float]] = {}
    rows: dict[str, list[Array]] = {}
    for number in range(len(recording)):
        snapshot = recording.snapshot(number)
        for name, place in snapshot.places.items():
            arm, _, link = name.partition("/")
            if (arm in arms and link != FLANGE) or (wanted is not None and name not in wanted):
                continue
            times.setdefault(name, []).append(snapshot.time)
            rows.setdefault(name, []).append(place[:3, 3])
    return [Signal(name, "places", np.array(times[name]), np.array(rows[name])) for name in rows]


def at(signal: Signal, times: Array) -> Array:
    """Return the values of a signal at other times, (k,) or (k, 3): interpolated linearly, or held; NaN for no value.

    A gap is an interval of more than three times the median one; in a gap, values end one median interval after the
    last sample.
    """
    values = signal.values.reshape(len(signal.times), -1)
    if not len(signal.times):
        return np.full((len(times), *signal.values.shape[1:]), np.nan)
    after = np.searchsorted(signal.times, times, side="right")
    before = np.maximum(after - 1, 0)
    if signal.held:
        result = values[before]
        missing = after == 0
    else:
        result = np.stack([np.interp(times, signal.times, column) for column in values.T], axis=-1)
        step = float(np.median(np.diff(signal.times))) if len(signal.times) > 1 else 0.0
        following = np.minimum(after, len(signal.times) - 1)
        gap = signal.times[following] - signal.times[before]
        distance = np.minimum(np.abs(times - signal.times[before]), np.abs(signal.times[following] - times))
        outside = (gap > 3.0 * step) | (times < signal.times[0]) | (times > signal.times[-1])
        missing = outside & (distance > 1.01 * step)
    result = np.where(missing[:, None], np.nan, result)
    return result.reshape(len(times), *signal.values.shape[1:])
