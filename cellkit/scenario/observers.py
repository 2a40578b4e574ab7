"""Observers of a run: snapshots of its world at a fixed rate, and every event. Observers do not change the run.

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
"""Offset (s) of the snapshots from the periods of the devices.

Timers may be early by a nanosecond. A timer that is due at a snapshot, except for the last digits, would be early by
these digits, and an observer would change the run.
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The cell at cell time ``time`` (s). Keys are the roles of the devices, or the names of drawn bodies.

    ``places``: (4, 4) in frame ``world`` of everything drawn. ``wrenches``: in the frame of the flange they act on, by
    arm. ``measured``: the values of every other device whose kind is recorded (``RecordedKind``). ``collisions`` so
    far; None: not watched. ``idle``: only time has passed since the snapshot before; neither the program nor a
    controller has acted.
    """

    time: float
    places: Mapping[str, Array]
    joints: Mapping[str, JointState]
    wrenches: Mapping[str, Wrench]
    measured: Mapping[str, Values]
    collisions: int | None
    idle: bool = False


class RunObserver(Protocol):
    """An observer of a run.

    All calls come from the run's own thread and must be quick; an error that they raise ends the run.
    """

    period: float
    """The time between two snapshots in s."""

    def begin(self, built: BuiltCell) -> None:
        """Begin: the cell is opened and the program comes next. The trace's header has come before."""

    def look(self, snapshot: Snapshot) -> None:
        """Receive a snapshot of the cell."""

    def event(self, record: Mapping[str, Any]) -> None:
        """Receive one record of the trace; the header comes first."""

    def end(self, record: RunRecord | None) -> None:
        """End, however the run ended; None: the run was broken off before it had a record."""


def snapshot(built: BuiltCell, idle: bool = False) -> Snapshot:
    """Return the present state of the cell; ``idle`` as in ``Snapshot``."""
    wrenches = {arm: plants.wrench.wrench() for arm, plants in built.plants.items() if plants.wrench is not None}
    return Snapshot(
        time=now(),
        places=built.world.places(),
        joints={role: plants.arm.state() for role, plants in built.plants.items()},
        wrenches=wrenches,
        measured=measure(built),
        collisions=built.world.collisions(),
        idle=idle,
    )


class ObserverGroup:
    """The observers of one run, from its opening to its end."""

    def __init__(self, observers: Sequence[RunObserver]) -> None:
        self._observers = list(observers)
        self._beats: list[Periodic] = []
        self._begun: list[RunObserver] = []

    def begin(self, built: BuiltCell) -> None:
        """Send a first snapshot to all observers, and then one every period."""
        for observer in self._observers:
            self._begun.append(observer)
            observer.begin(built)
            observer.look(snapshot(built))
            looks = [_look(observer, built, idle) for idle in (False, True)]
            self._beats.append(Periodic(observer.period, looks[0], ASIDE, looks[1]))

    def stop(self, built: BuiltCell) -> None:
        """End the snapshots with a last one, when the program is over."""
        for beat in self._beats:
            beat.close()
        self._beats.clear()
        for observer in self._begun:
            observer.look(snapshot(built))

    def event(self, record: dict[str, Any]) -> None:
        """Send a record of the trace to all observers."""
        for observer in self._observers:
            observer.event(record)

    def end(self, record: RunRecord | None) -> None:
        """Notify all observers of the end of the run."""
        for observer in self._observers:
            observer.end(record)


def _look(observer: RunObserver, built: BuiltCell, idle: bool) -> Callable[[], None]:
    return lambda: observer.look(snapshot(built, idle))
