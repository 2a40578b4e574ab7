"""Watching a run: snapshots of its world at a steady rate, and every event. Watchers see everything and change nothing.

A snapshot is read from the world's side (plants, signals), never through the devices: on the wire path that would be
traffic, which changes the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cellkit.cell.build import BuiltCell
from cellkit.geometry import Array, Wrench
from cellkit.joints import JointState
from cellkit.scenario.kinds.recorded_kind import Values, measure
from cellkit.scenario.record import RunRecord
from cellkit.timing import Periodic, now

ASIDE = 3.7e-7
"""s by which snapshots lie beside the grids on which devices beat. Timers may be early by a nanosecond: one that is due
at a snapshot but for the last digits would be early by these, and a watcher would show in the run.
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The cell at cell time ``time`` (s). Everything goes by the role of its device, or by the name that is drawn.

    ``places``: (4, 4) in frame ``world`` of everything drawn. ``wrenches``: in the frame of the flange they act on, by
    arm. ``measured``: the values of every other device whose kind is recorded (``RecordedKind``). ``collisions`` so
    far; None: not watched.
    """

    time: float
    places: Mapping[str, Array]
    joints: Mapping[str, JointState]
    wrenches: Mapping[str, Wrench]
    measured: Mapping[str, Values]
    collisions: int | None


class RunObserver(Protocol):
    """Who watches a run. All calls come from the run's own thread and must be quick; what they raise ends the run."""

    period: float
    """s between two snapshots."""

    def begin(self, built: BuiltCell) -> None:
        """The cell is opened; the program comes next. The trace's header has come before."""

    def look(self, snapshot: Snapshot) -> None:
        """The cell now."""

    def event(self, record: Mapping[str, Any]) -> None:
        """One record of the trace, the header first."""

    def end(self, record: RunRecord | None) -> None:
        """The run is over, however it came; None: it was broken off before there was a record."""


def snapshot(built: BuiltCell) -> Snapshot:
    """The cell as it is now."""
    wrenches = {arm: plants.wrench.wrench() for arm, plants in built.plants.items() if plants.wrench is not None}
    return Snapshot(
        time=now(),
        places=built.world.places(),
        joints={role: plants.arm.state() for role, plants in built.plants.items()},
        wrenches=wrenches,
        measured=measure(built),
        collisions=built.world.collisions(),
    )


class ObserverGroup:
    """The watchers of one run, from its opening to its end."""

    def __init__(self, watchers: Sequence[RunObserver]) -> None:
        self._watchers = list(watchers)
        self._beats: list[Periodic] = []
        self._begun: list[RunObserver] = []

    def begin(self, built: BuiltCell) -> None:
        """The cell is opened: a first snapshot for everybody, and then one every period."""
        for watcher in self._watchers:
            self._begun.append(watcher)
            watcher.begin(built)
            watcher.look(snapshot(built))
            self._beats.append(Periodic(watcher.period, _look(watcher, built), ASIDE))

    def stop(self, built: BuiltCell) -> None:
        """The program is over: a last snapshot."""
        for beat in self._beats:
            beat.close()
        self._beats.clear()
        for watcher in self._begun:
            watcher.look(snapshot(built))

    def event(self, record: dict[str, Any]) -> None:
        """Tell everybody of a record of the trace."""
        for watcher in self._watchers:
            watcher.event(record)

    def end(self, record: RunRecord | None) -> None:
        """The run is over."""
        for watcher in self._watchers:
            watcher.end(record)


def _look(watcher: RunObserver, built: BuiltCell) -> Callable[[], None]:
    return lambda: watcher.look(snapshot(built))
