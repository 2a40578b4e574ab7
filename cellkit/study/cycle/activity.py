"""Activities: the work and the times of each device of a cell, read from the trace of a run.

The open interfaces report the events, so they are the same for every driver: begin and end of commands, waits, payload,
speed override, execution state of a machine. Work is done by a device; in a wait the program waits for something
outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from cellkit.study.frozen_model import FrozenModel

Kind = Literal[
    "cycle", "free", "carrying", "settling", "gripper", "vision", "machine", "other", "machine_wait", "handshake"
]
"""``cycle``: from one finished part to the next. ``free`` and ``carrying``: motions of an arm without and with a
payload. ``machine``: a machine tool runs its program. The last two are waits: for the end of that program, and for a
signal."""

WORK: tuple[Kind, ...] = ("free", "carrying", "settling", "gripper", "vision", "machine", "other")
WAITS: tuple[Kind, ...] = ("machine_wait", "handshake")

_MOTIONS = ("move_joint", "move_pose", "move_linear", "move_circular", "move_path")
_OTHER_COMMANDS: dict[str, Kind] = {
    "grip": "gripper",
    "release": "gripper",
    "move": "gripper",
    "capture": "vision",
    "locate": "vision",
    "read_code": "vision",
}
_ENDS = ("done", "failed", "aborted")
_RUNNING = "ACTIVE"  # MTConnect EXECUTION


class Activity(FrozenModel):
    """A stretch of time. ``device`` is a role; ``name`` is the command, the awaited event, or the finished part.

    A motion is divided where the speed override changed, and at the end of its trajectory: after that the joints settle
    (``settling``).
    """

    start: float = Field(description="s of cell time")
    end: float = Field(description="s of cell time")
    device: str
    kind: Kind
    name: str
    speed: float = Field(default=1.0, description="speed override in force (0 to 1), of motions")

    @property
    def duration(self) -> float:
        """The duration in s."""
        return self.end - self.start


def activities(events: Iterable[Mapping[str, Any]]) -> list[Activity]:
    """Return the activities of a run from the events of its trace (``Run.on_record``), in the order of their ends.

    An activity that did not end before the trace did is left out.
    """
    reader = _Reader()
    for event in events:
        reader.take(event)
    return reader.activities


class _Reader:
    """The state while the trace is read."""

    def __init__(self) -> None:
        self.activities: list[Activity] = []
        self._begun: dict[tuple[str, str], list[tuple[float, Kind]]] = defaultdict(list)
        self._speeds: dict[str, list[tuple[float, float]]] = defaultdict(lambda: [(0.0, 1.0)])
        self._loaded: dict[str, bool] = {}
        self._settled: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._finished = 0.0
        self._opening = True

    def take(self, event: Mapping[str, Any]) -> None:
        """Process the next event."""
        t, source, what = float(event["t"]), str(event["source"]), str(event["what"])
        if what == "connected" and self._opening:
            self._finished = t  # connecting is not part of the first cycle
        elif what == "command":
            self._opening = False
            command = str(event["command"])
            self._begun[source, command].append((t, self._kind(source, command)))
        elif what in _ENDS:
            self._end(source, str(event["command"]), t)
        elif what == "waiting":
            self._opening = False
            awaited = str(event["awaited"])
            self._begun[source, awaited].append((t, _wait_kind(awaited)))
        elif what == "waited":
            self._end(source, str(event["awaited"]), t)
        elif what == "execution":
            self._execution(source, str(event["state"]), t)
        elif what == "payload":
            self._loaded[source] = float(event["mass"]) > 0.0
        elif what == "speed_override":
            self._speeds[source].append((t, float(event["share"])))
        elif what == "settled":
            self._settled[source] = float(event["after"])
        elif what == "part_finished":
            self._add(self._finished, t, source, "cycle", str(event.get("part", "")))
            self._finished = t

    def _kind(self, source: str, command: str) -> Kind:
        if command in _MOTIONS:
            return "carrying" if self._loaded.get(source) else "free"
        return _OTHER_COMMANDS.get(command, "other")

    def _end(self, source: str, name: str, t: float) -> None:
        begun = self._begun[source, name]
        if not begun:
            return  # the command began before the trace
        start, kind = begun.pop(0)
        if kind not in ("free", "carrying"):
            self._add(start, t, source, kind, name)
            return
        arrived = max(start, t - self._settled.pop(source, 0.0))
        self._motion(start, arrived, source, kind, name)
        self._add(arrived, t, source, "settling", name)

    def _motion(self, start: float, end: float, source: str, kind: Kind, name: str) -> None:
        """Divide a motion where the override changed."""
        changes = self._speeds[source]
        inside = [(t, speed) for t, speed in changes if start < t < end]
        before = [speed for t, speed in changes if t <= start][-1]
        pieces = [(start, before), *inside]
        for (begin, speed), (stop, _) in zip(pieces, [*inside, (end, 0.0)], strict=True):
            self._add(begin, stop, source, kind, name, speed)

    def _execution(self, source: str, state: str, t: float) -> None:
        if state == _RUNNING:
            self._running.setdefault(source, t)
        elif source in self._running:
            self._add(self._running.pop(source), t, source, "machine", "program")

    def _add(self, start: float, end: float, device: str, kind: Kind, name: str, speed: float = 1.0) -> None:
        if end > start or kind == "cycle":
            activity = Activity(start=start, end=end, device=device, kind=kind, name=name, speed=speed)
            self.activities.append(activity)


def _wait_kind(awaited: str) -> Kind:
    """Return the kind of a wait: a machine's program is awaited until its state is no longer running."""
    state = awaited.partition("execution ")[2].partition(",")[0]
    return "machine_wait" if state and state != _RUNNING else "handshake"
