"""The base class of processes: a process runs beside the program, in the world, and judges the result."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from cellkit.cell.build import BuiltCell, part_body
from cellkit.cell.kinds.digital_io import IoDevice
from cellkit.devices.workpiece import Workpiece
from cellkit.geometry import Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.arrivals import arrival
from cellkit.scenario.processes.config import Jitter
from cellkit.scenario.processes.judging import Report, Tally, judge, require, require_no_stock
from cellkit.timing import Periodic, now


class Process(ABC):
    """A process that runs beside the program, in the world, and judges the result.

    ``report(time, source, what, **data)`` receives the events.
    """

    FAULTS: tuple[str, ...] = ()
    """The faults of the process (``process`` of a fault in the scenario file)."""

    def __init__(self, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        self._scenario, self._built = scenario, built
        self._plan, self._world = built.plan, built.world
        self._tolerances = scenario.file.tolerances
        self._report = report
        self._random = random.Random(seed)
        self._beat: Periodic | None = None
        self.tally = Tally()

    @abstractmethod
    def start(self) -> None:
        """Begin, right before the program."""

    def finish(self) -> None:
        """End, after the program: judge the remaining parts."""
        if self._beat is not None:
            self._beat.close()

    def begin_fault(self, kind: str) -> None:  # noqa: B027 - not every process has faults
        """Begin one of ``FAULTS``; a process without faults does nothing."""

    # --- for subclasses -----------------------------------------------------------------------------------------

    def _workpiece(self, key: str, name: str) -> Workpiece:
        """Return a kind of part that the process brings. Raises ``ConfigError`` if it does not exist or is in stock."""
        require(self._scenario, key, name, self._plan.workpieces, "workpiece")
        require_no_stock(self._scenario, self._plan, name)
        return self._plan.workpieces[name]

    def _places(self, key: str, name: str) -> list[Pose]:
        """Return the poses of a place, in frame ``world``. Raises ``ConfigError`` if it does not exist."""
        require(self._scenario, key, name, self._plan.file.places, "place")
        return self._plan.layout.places(name)

    def _digital_signals(self, role: str) -> IoDevice:
        """Return the section of the digital signals in a role. Raises ``ConfigError`` if they do not exist."""
        require(self._scenario, "io", role, self._built.images, "digital signals")
        section = self._plan.file.devices[role]
        assert isinstance(section, IoDevice)
        return section

    def _add_part(self, part: Workpiece, number: int, place: Pose, jitter: Jitter) -> str:
        """Put part ``number`` of a kind on its place, with a random offset and turn; return its name."""
        name = f"{part.kind}_{number}"
        pose = arrival(place, part, jitter, self._random)
        self._world.add_body(part_body(self._plan, part.kind, name, pose))
        return name

    def _judge_parts(
        self, names: Sequence[str], part: Workpiece, nests: Sequence[Pose], known: Mapping[str, str] | None = None
    ) -> None:
        """Compare every part with the nest that it is nearest to; two parts must not share a nest.

        ``known``: faults that are known already, by part, wherever the part stands.
        """
        half = Pose.from_rpy((0.0, 0.0, part.size[2] / 2))
        middles = [nest @ half for nest in nests]
        places = np.array([nest.position for nest in middles])
        turns = None if part.shape == "cylinder" else [turn.matrix for turn in part.turns()]
        taken: set[int] = set()
        for name in names:
            pose = self._world.body_pose(name)
            nearest = int(np.square(places - pose.position).sum(axis=1).argmin())
            error, fault = judge(pose, middles[nearest], turns, self._tolerances)
            fault = (known or {}).get(name, fault)
            if fault is None and nearest in taken:
                fault = f"shares nest {nearest + 1} with another part"
            taken.add(nearest)
            self._note_part(name, pose, fault, error)

    def _note_part(self, name: str, pose: Pose, fault: str | None, error: float) -> None:
        """Count and report a part that was judged at a pose."""
        self.tally.note(name, fault, error)
        where = [*pose.position.tolist(), *pose.quaternion]
        self._report(now(), "process", "judged", part=name, pose=where, error=error, fault=fault)
