"""Observers of a run: snapshots of its world at a fixed rate, and every event. Observers do not change the run.

A snapshot is read from the world's side (plants, signals), never through the devices: on the wire path that would be
traffic, which changes the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast, runtime_checkable

from cellkit.cell.build import BuiltCell
from cellkit.controller.drawing import Motion
from cellkit.controller.world import ForeseenWorld
from cellkit.geometry import Array, Wrench
from cellkit.joints import JointState
from cellkit.scenario.kinds.recorded_kind import Values, recorded_samples
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


@dataclass(frozen=True, slots=True, eq=False)
class IdleSpan:
    """The cell at k cell times (s) between which only time passes: k snapshots, in columns.

    ``motion``: the states of the world. ``measured``: by role, k values as in ``Snapshot``.
    """

    times: Sequence[float]
    motion: Motion
    measured: Mapping[str, Sequence[Values]]


@runtime_checkable
class SpanObserver(RunObserver, Protocol):
    """An observer that receives the snapshots of an idle span all at once, where the world can compute them so."""

    def look_over(self, span: IdleSpan) -> None:
        """Receive the snapshots of an idle span, in place of calls of ``look``."""


class SnapshotSource:
    """Takes snapshots of one cell. What belongs to a snapshot is looked up once."""

    def __init__(self, built: BuiltCell) -> None:
        self._built, self._world = built, built.world
        self._arms = [(role, plants.arm) for role, plants in built.plants.items()]
        self._wrenches = [(role, plants.wrench) for role, plants in built.plants.items() if plants.wrench is not None]
        self._samples = recorded_samples(built)
        # A sensor with a fault does not return the states of the world.
        foreseen = isinstance(built.world, ForeseenWorld) and not built.faults
        self._foreseen = cast(ForeseenWorld, built.world) if foreseen else None

    def take(self, idle: bool = False) -> Snapshot:
        """Return the present state of the cell; ``idle`` as in ``Snapshot``."""
        return Snapshot(
            time=now(),
            places=self._world.places(),
            joints={role: arm.state() for role, arm in self._arms},
            wrenches={role: wrench.wrench() for role, wrench in self._wrenches},
            measured={role: sample(self._built, role) for role, sample in self._samples.items()},
            collisions=self._world.collisions(),
            idle=idle,
        )

    @property
    def foreseen(self) -> bool:
        """Whether ``span`` can be called now."""
        return self._foreseen is not None and self._foreseen.foreseen

    def span(self, moments: Iterator[float]) -> IdleSpan | None:
        """Return the cell at the idle moments of a ``Periodic``; None: there is none."""
        assert self._foreseen is not None
        measured: dict[str, list[Values]] = {role: [] for role in self._samples}
        times = []
        for moment in moments:
            times.append(moment)
            for role, sample in self._samples.items():
                measured[role].append(sample(self._built, role))
        return IdleSpan(times, self._foreseen.motion(times), measured) if times else None


class ObserverGroup:
    """The observers of one run, from its opening to its end."""

    def __init__(self, observers: Sequence[RunObserver]) -> None:
        self._observers = list(observers)
        self._beats: list[Periodic] = []
        self._begun: list[RunObserver] = []
        self._source: SnapshotSource | None = None

    def begin(self, built: BuiltCell) -> None:
        """Send a first snapshot to all observers, and then one every period."""
        if not self._observers:
            return
        source = self._source = SnapshotSource(built)
        for observer in self._observers:
            self._begun.append(observer)
            observer.begin(built)
            observer.look(source.take())
            if isinstance(observer, SpanObserver):
                look_idle = partial(_look_over, observer, source)
            else:
                look_idle = partial(_look_idle, observer, source)
            self._beats.append(Periodic(observer.period, partial(_look, observer, source), ASIDE, look_idle))

    def stop(self) -> None:
        """End the snapshots with a last one, when the program is over."""
        for beat in self._beats:
            beat.close()
        self._beats.clear()
        for observer in self._begun:
            assert self._source is not None
            observer.look(self._source.take())

    def event(self, record: dict[str, Any]) -> None:
        """Send a record of the trace to all observers."""
        for observer in self._observers:
            observer.event(record)

    def end(self, record: RunRecord | None) -> None:
        """Notify all observers of the end of the run."""
        for observer in self._observers:
            observer.end(record)


def _look(observer: RunObserver, source: SnapshotSource) -> None:
    observer.look(source.take())


def _look_idle(observer: RunObserver, source: SnapshotSource, moments: Iterator[float]) -> None:
    for _ in moments:
        observer.look(source.take(idle=True))


def _look_over(observer: SpanObserver, source: SnapshotSource, moments: Iterator[float]) -> None:
    if not source.foreseen:
        _look_idle(observer, source, moments)
        return
    span = source.span(moments)
    if span is not None:
        observer.look_over(span)
