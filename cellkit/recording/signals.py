"""Every quantity of a recording as a signal of its family, for whoever plots or compares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
"""Unit of each family's values; signals, shares of a range and a machine's words have none."""
FLANGE = "tool"
"""The link of every arm that stands at its flange, as it is drawn: ``robot/tool``."""


@dataclass(frozen=True)
class Signal:
    """One quantity. ``times`` (k,) in s; ``values`` (k,), or (k, 3) of vectors and places.

    ``held``: what is told once and holds until it is told anew; such values are 0 or 1, shares, or numbers of
    ``words``. NaN: a broken wire.
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

    def moved(self, by: float) -> Signal:
        """The same, ``by`` s later."""
        return Signal(self.name, self.family, self.times + by, self.values, self.held, self.words)


def signals(recording: Recording, places: bool = True) -> list[Signal]:
    """All of a recording; of a foreign one what stands in a schema that is known. ``places`` takes longest to read."""
    found = [one for arm in recording.arms for one in joint_signals(arm, recording.joints(arm))]
    if not recording.own:
        return found
    if places:
        found += place_signals(recording)
    for arm in recording.roles("wrench"):
        track = recording.wrench(arm)
        found.append(Signal(f"{arm} force", "forces", track.times, track.values[:, :3]))
        found.append(Signal(f"{arm} torque", "torques", track.times, track.values[:, 3:]))
    for role in recording.roles("width"):
        track = recording.width(role)
        found.append(Signal(f"{role} opening", "widths", track.times, track.values))
    for role in recording.roles("vacuum"):
        track = recording.vacuum(role)
        found.append(Signal(f"{role} vacuum", "vacuums", track.times, track.values))
    return found + io_signals(recording)


def joint_signals(arm: str, track: JointTrack) -> list[Signal]:
    """Positions and speeds of an arm's joints."""
    return [
        Signal(f"{arm} {name}", family, track.times, values[:, number])
        for family, values in _joint_values(track)
        for number, name in enumerate(track.names)
    ]


def _joint_values(track: JointTrack) -> Sequence[tuple[Family, Array]]:
    return ("joints", track.position), ("speeds", track.velocity)


def io_signals(recording: Recording) -> list[Signal]:
    """Digital and analog signals, and what machines say of themselves."""
    found = []
    for role in recording.roles("signals"):
        found += _held(role, "io", recording.signals(role))
    for role in recording.roles("analog"):
        found += _held(role, "analog", recording.analog(role))
    for role in recording.roles("state"):
        told = recording.machine(role)
        times = np.array([time for time, _ in told])
        for key in told[0][1] if told else ():
            said = [values.get(key, "") for _, values in told]
            words = tuple(dict.fromkeys(said))
            numbers = np.array([words.index(one) for one in said], dtype=np.float64)
            found.append(Signal(f"{role} {key}", "machines", times, numbers, held=True, words=words))
    return found


def _held(role: str, family: Family, told: Sequence[tuple[float, Mapping[str, float | None]]]) -> list[Signal]:
    times = np.array([time for time, _ in told])
    names = dict.fromkeys(name for _, values in told for name in values)
    return [
        Signal(
            f"{role} {name}",
            family,
            times,
            np.array([np.nan if one.get(name) is None else float(one[name] or 0.0) for _, one in told]),
            held=True,
        )
        for name in names
    ]


def place_signals(recording: Recording, names: Iterable[str] | None = None) -> list[Signal]:
    """Where things were, (k, 3) in frame ``world``: of every arm its flange alone, since its joints say the rest.

    A thing that comes and goes has a gap in its times.
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
    """Its values at other times, (k,) or (k, 3): straight between two samples, or held; NaN where there is none.

    Where samples are more than three times as far apart as they are as a rule, there is none beyond one step from them.
    """
    values = signal.values.reshape(len(signal.times), -1)
    if not len(signal.times):
        return np.full((len(times), *signal.values.shape[1:]), np.nan)
    after = np.searchsorted(signal.times, times, side="right")
    before = np.maximum(after - 1, 0)
    if signal.held:
        found = values[before]
        missing = after == 0
    else:
        found = np.stack([np.interp(times, signal.times, column) for column in values.T], axis=-1)
        apart = float(np.median(np.diff(signal.times))) if len(signal.times) > 1 else 0.0
        next_one = np.minimum(after, len(signal.times) - 1)
        gap = signal.times[next_one] - signal.times[before]
        away = np.minimum(np.abs(times - signal.times[before]), np.abs(signal.times[next_one] - times))
        outside = (gap > 3.0 * apart) | (times < signal.times[0]) | (times > signal.times[-1])
        missing = outside & (away > 1.01 * apart)
    found = np.where(missing[:, None], np.nan, found)
    return found.reshape(len(times), *signal.values.shape[1:])
