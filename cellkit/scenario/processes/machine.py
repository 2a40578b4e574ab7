"""Blanks in a rack, a machine that works on the part in its chuck, and a rack for finished parts."""

from __future__ import annotations

import math

from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.geometry import Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import MachineTending
from cellkit.scenario.processes.judging import Report, require, require_room
from cellkit.scenario.processes.process import Process
from cellkit.timing import now

IN_CHUCK = 0.02
"""Distance (m) from the chuck's place within which a part is worked on."""
UPRIGHT = math.cos(math.radians(10.0))
"""Cosine of the largest lean of a part in the chuck: beyond it the machine works on neither side."""
TOP, BOTTOM, ASKEW = "top", "bottom", "an edge"
"""The side of a part that is up."""
COOLANT = MachineAlarm("COOLANT", "no coolant", "fault")


class MachineTendingProcess(Process):
    """Runs ``machine_tending`` in a world."""

    FAULTS: tuple[str, ...] = ("blank_missing", "door_jammed", "chuck_jammed", "alarm")

    def __init__(self, config: MachineTending, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        require(scenario, "machine", config.machine, built.machines, "machine")
        self._part = self._workpiece("workpiece", config.workpiece)
        self._blanks = self._places("blanks", config.blanks)
        # A part whose last side was the bottom stands upside down: seen from its turned nest, it stands as usual.
        over = Pose.from_rpy((0.0, 0.0, self._part.size[2]), (math.pi, 0.0, 0.0))
        self._nests = [nest @ over if config.sides == 2 else nest for nest in self._places("finished", config.finished)]
        self._machine = built.machines[config.machine]
        chuck = built.chucks[config.machine]
        if chuck is None:
            text = f"process.machine: {config.machine!r} has no chuck (`chuck: PLACE` in the cell file)"
            raise scenario.document.error(text, ("process", "machine"))
        self._chuck = chuck
        self._count = built.cell.quantity
        require_room(scenario, self._count, min(len(self._blanks), len(self._nests)), "the racks")
        self._wanted = [TOP, BOTTOM][: config.sides]
        self._parts: list[str] = []
        self._missing: list[str] = []
        self._worked_on: dict[str, list[str]] = {}
        self._in_work: dict[str, str] = {}
        self._doors = 0
        self._door_open = False
        self._machine.on_change(self._changed)

    @override
    def start(self) -> None:
        for number in range(self._count):
            name = self._add_part(self._part, number + 1, self._blanks[number], self._config.jitter)
            self._parts.append(name)
            self._worked_on[name] = []

    @override
    def finish(self) -> None:
        done = [name for name in self._parts if self._worked_on[name] == self._wanted]
        self._judge_parts(done, self._part, self._nests)
        for name in self._parts:
            sides = ", then ".join(self._worked_on[name])
            if not sides:
                self.tally.note(name, "was never worked on")
            elif name not in done:
                self.tally.note(name, f"was worked on at its {sides}; wanted {', then '.join(self._wanted)}")
        for name in self._missing:
            self.tally.note(name, "was missing")
        self._report(now(), "process", "tended", doors=self._doors, cycles=self._machine.cycles)

    @override
    def begin_fault(self, kind: str) -> None:
        if kind == "blank_missing":
            name = self._parts.pop()
            self._world.remove_body(name)
            self._missing.append(name)
        elif kind == "alarm":
            self._machine.alarm(COOLANT)
        else:
            self._machine.jammed.add(kind.removesuffix("_jammed"))

    def _changed(self) -> None:
        """Note the sides worked on: a completed program counts for a part that stayed in the chuck, same side up."""
        machine = self._machine
        if machine.door is Clamping.OPEN and not self._door_open:
            self._doors += 1
        self._door_open = machine.door is Clamping.OPEN
        if machine.execution is Execution.ACTIVE:
            self._in_work = self._in_work or self._in_chuck()
            return
        if machine.execution is Execution.PROGRAM_COMPLETED:
            in_chuck = self._in_chuck()
            for name, side in self._in_work.items():
                if in_chuck.get(name) == side:
                    self._worked_on[name].append(side)
                    self._report(now(), "process", "worked_on", part=name, side=side)
        self._in_work = {}

    def _in_chuck(self) -> dict[str, str]:
        """Return the parts in the chuck, each with its upper side."""
        sides: dict[str, str] = {}
        for name in self._parts:
            pose = self._world.body_pose(name)
            if math.dist(pose.position[:2], self._chuck.position[:2]) <= IN_CHUCK:
                up = float(pose.rotation[2, 2])
                sides[name] = TOP if up > UPRIGHT else BOTTOM if up < -UPRIGHT else ASKEW
        return sides
