"""Parts that go from a tray through two grippers into a fixture."""

from __future__ import annotations

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.controller.world import WorldEvent
from cellkit.geometry import Array
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.arrivals import ELSEWHERE
from cellkit.scenario.processes.config import Handover
from cellkit.scenario.processes.judging import Report, require, require_room
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

LOOK = 0.02
"""Time (s) between two checks of the grippers."""
LOOK_BY_RULE = 0.4
"""The same in a world that moves parts by rule alone.

Nothing slips between two checks there, and no gripper holds a part for less than this time.
"""
STILL = 1e-4
"""Movement (m) between two checks below which a part stands still."""
SHIFTED = "part pulled aside by the second hand (m)"


class HandoverProcess(Process):
    """Runs a ``handover`` in a world."""

    FAULTS: tuple[str, ...] = ("part_missing", "part_snatched")

    def __init__(self, config: Handover, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._part = self._workpiece("workpiece", config.workpiece)
        self._tray = self._places("tray", config.tray)
        self._nests = self._places("fixture", config.fixture)
        require(scenario, "giver", config.giver, self._plan.arms, "arm")
        require(scenario, "taker", config.taker, self._plan.arms, "arm")
        room = min(len(self._tray), len(self._nests))
        require_room(scenario, built.cell.quantity, room, f"{config.tray!r} and {config.fixture!r}")
        self._parts = [f"{self._part.kind}_{number}" for number in range(1, built.cell.quantity + 1)]
        self._giving: str | None = None  # the part that the giver held at the last check
        self._last = np.zeros(3)  # and its position
        self._given: set[str] = set()
        self._dropped: dict[str, str] = {}
        self._snatching = False
        self._by_rule = self._world.stepper is None  # no gripper pulls a part aside in such a world
        if not self._by_rule:
            self.tally.figures[SHIFTED] = 0.0
        self._world.on_event(self._on_event)

    @override
    def start(self) -> None:
        for number in range(len(self._parts)):
            self._add_part(self._part, number + 1, self._tray[number], self._config.jitter)
        self._watch(LOOK_BY_RULE if self._by_rule else LOOK)

    @override
    def finish(self) -> None:
        super().finish()
        wrong = {part: "did not go from hand to hand" for part in self._parts if part not in self._given}
        wrong |= {part: f"was dropped by {arm}" for part, arm in self._dropped.items()}
        self._judge_parts(self._parts, self._part, self._nests, wrong)

    @override
    def begin_fault(self, kind: str) -> None:
        """Begin a fault.

        ``part_missing``: the last part of the tray is removed. ``part_snatched``: the part is pulled out of the giver's
        gripper as soon as the giver holds it out and stands still.
        """
        if kind == "part_missing":
            self._world.move_body(self._parts[-1], ELSEWHERE)
        else:
            self._snatching = True
            if self._by_rule:
                self._watch(LOOK)

    def _watch(self, period: float) -> None:
        if self._beat is not None:
            self._beat.close()
        self._beat = Periodic(period, self._look)

    def _look(self) -> None:
        """Check the grippers: a part that goes from gripper to gripper has never been released in between."""
        giving, taking = self._world.held_part(self._config.giver), self._world.held_part(self._config.taker)
        watched = self._snatching or not self._by_rule
        place = self._world.body_pose(giving).position if giving is not None and watched else None
        if taking is not None and taking == self._giving and taking not in self._given:
            self._given.add(taking)
            shift = None
            if not self._by_rule:
                shift = float(np.linalg.norm(self._world.body_pose(taking).position - self._last))
                self.tally.figures[SHIFTED] = max(self.tally.figures[SHIFTED], shift)
            self._report(now(), "process", "handed_over", part=taking, shift=shift)
        if giving is not None and place is not None:
            still = giving == self._giving and float(np.linalg.norm(place - self._last)) < STILL
            if self._snatching and still and self._away(place):
                self._snatching = False
                self._world.move_body(giving, ELSEWHERE)
            self._last = place
        self._giving = giving

    def _away(self, place: Array) -> bool:
        """Return whether a part is out of the tray."""
        nearest = min(float(np.linalg.norm(place - nest.position)) for nest in self._tray)
        return nearest > max(self._part.size)

    def _on_event(self, event: WorldEvent) -> None:
        if event.what == "part_dropped":
            self._dropped.setdefault(event.other, event.subject)
