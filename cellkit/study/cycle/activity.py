"""What each device of a cell did and when, read from the trace of a run.

Every driver tells the same events, since the open interfaces do: begin and end of commands, waits, payload, speed
override, a machine's execution. Work is what a device does; a wait is what the program spends on something outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "cycle", "free", "carrying", "settling", "gripper", "vision", "machine", "other", "machine_wait", "handshake"
]
"""``cycle``: from one finished part to the next. ``free`` and ``carrying``: motions of an arm without and with a
payload. ``machine``: a machine tool runs its program. The last two are waits, for that to end and for any signal."""

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


class Activity(BaseModel):
    """Something that lasted. ``device`` is a role; ``name`` is the command, what was awaited, or the finished part.

    A motion is cut where the speed override changed, and where its trajectory was over and the joints were not yet
    there (``settling``).
    """

    model_config = ConfigDict(frozen=True)

    start: float = Field(description="s of cell time")
    end: float = Field(description="s of cell time")
    device: str
    kind: Kind
    name: str
    speed: float = Field(default=1.0, description="speed override in force (0 to 1), of motions")

    @property
    def duration(self) -> float:
        """S."""
        return self.end - self.start


def activities(events: Iterable[Mapping[str, Any]]) -> list[Activity]:
    """The activities of a run, in the order in which they ended, from the events of its trace (``Run.on_record``).

    What had not ended when the trace did is left out.
    """
    reader = _Reader()
    for event in events:
        reader.take(event)
    return reader.found


class _Reader:
    """What goes on while the trace is read."""

    def __init__(self) -> None:
        self.found: list[Activity] = []
        self._begun: dict[tuple[str, str], list[tuple[float, Kind]]] = defaultdict(list)
        self._speeds: dict[str, list[tuple[float, float]]] = defaultdict(lambda: [(0.0, 1.0)])
        self._loaded: dict[str, bool] = {}
        self._settled: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._finished = 0.0
        self._opening = True

    def take(self, event: Mapping[str, Any]) -> None:
        """The next event."""
        t, source, what = float(event["t"]), str(event["source"]), str(event["what"])
        if what == "connected" and self._opening:
            self._finished = t  # what it takes to connect is no part of the first cycle
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
            return  # it began before the trace
        start, kind = begun.pop(0)
        if kind not in ("free", "carrying"):
            self._add(start, t, source, kind, name)
            return
        arrived = max(start, t - self._settled.pop(source, 0.0))
        self._motion(start, arrived, source, kind, name)
        self._add(arrived, t, source, "settling", name)

    def _motion(self, start: float, end: float, source: str, kind: Kind, name: str) -> None:
        """Cut where the override changed."""
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
            self.found.append(Activity(start=start, end=end, device=device, kind=kind, name=name, speed=speed))


def _wait_kind(awaited: str) -> Kind:
    """A machine's program is waited for until it is anything but running."""
    state = awaited.partition("execution ")[2].partition(",")[0]
    return "machine_wait" if state and state != _RUNNING else "handshake"
