"""Boxes that arrive one by one at the end of an infeed; a stack of them must stand on a pallet."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping

import numpy as np
from typing_extensions import override

from cellkit import patterns
from cellkit.cell.build import BuiltCell
from cellkit.geometry import Array, Pose
from cellkit.patterns import EUR_PALLET
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Palletising
from cellkit.scenario.processes.judging import Report, judge, require
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

LOOK = 0.05
"""Time (s) between two checks of the infeed and of the stack."""
STILL = 0.0005
"""Movement (m) of a box between two checks below which it stands still."""
OVER = 0.001
"""Overhang (m) of a corner over the deck's edge that is tolerated as a measuring error."""
ASIDE = (6.0, 0.0, 0.0)
"""Offset (m) of a pallet that was taken away: out of reach of everything."""
AWAY, FALSE_FOR = 6.0, 10.0
"""Time (s) that a pallet is away, and delay of the box that was announced too early."""


class PalletisingProcess(Process):
    """Runs ``palletising`` in a world.

    Faults: ``infeed_empty``: no more boxes come. ``false_call``: the next box is announced, but comes much later.
    ``pallet_gone``: the pallet is taken away with the boxes on it, and comes back.
    """

    FAULTS: tuple[str, ...] = ("infeed_empty", "false_call", "pallet_gone")

    def __init__(self, config: Palletising, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._box = self._workpiece("workpiece", config.workpiece)
        self._infeed = self._places("infeed", config.infeed)[0]
        self._deck = self._places("deck", config.deck)[0]
        require(scenario, "pallet", config.pallet, self._plan.file.structures, "structure")
        station = self._digital_signals(config.io)
        require(scenario, "waiting", config.waiting, list(station.inputs), "input")
        require(scenario, "in_place", config.in_place, list(station.inputs), "input")
        self._image = built.images[config.io]
        self._quantity = self._left = built.cell.quantity
        x, y, z = self._box.size
        layer = patterns.interlocking(EUR_PALLET[:2], (x, y), config.gap)
        if not layer:
            raise scenario.document.error(f"no {config.workpiece!r} fits a EUR pallet", ("process", "workpiece"))
        self._layers = patterns.stack(layer, (x, y), math.ceil(self._quantity / len(layer)))
        self._spots = [
            (number, spot.pose(self._deck, (number + 0.5) * z))
            for number, spots in enumerate(self._layers)
            for spot in spots
        ]
        self._boxes: list[str] = []
        self._at_infeed: str | None = None
        self._false_call = False
        self._taken: list[str] = []
        self._before: dict[str, Array] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._back: asyncio.TimerHandle | None = None

    @override
    def start(self) -> None:
        self._image[self._config.in_place] = True
        self._beat = Periodic(LOOK, self._look)
        self._later(self._config.wait[0], self._bring)

    @override
    def finish(self) -> None:
        super().finish()
        for timer in (self._timer, self._back):
            if timer is not None:
                timer.cancel()
        self._judge()

    @override
    def begin_fault(self, kind: str) -> None:
        if kind == "infeed_empty":
            self._left = 0
            if self._timer is not None:
                self._timer.cancel()
        elif kind == "false_call":
            self._false_call = True
        else:
            self._image[self._config.in_place] = False
            standing = [name for name, (_, fault, _) in self._judged().items() if fault is None]
            self._taken = [self._config.pallet, *standing]
            self._shift(1.0)
            self._report(now(), "process", "pallet_gone")
            self._back = asyncio.get_running_loop().call_later(AWAY, self._bring_back)

    def _bring_back(self) -> None:
        self._shift(-1.0)
        self._image[self._config.in_place] = True
        self._report(now(), "process", "pallet_back")

    def _shift(self, times: float) -> None:
        """Move the pallet and the boxes on it aside, or back."""
        by = [side * times for side in ASIDE]
        for name in self._taken:
            pose = self._world.body_pose(name)
            self._world.move_body(name, Pose.from_rpy(by, frame="world") @ pose)

    def _later(self, delay: float, then: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay, then)

    def _announce(self) -> None:
        """Announce the next box too early."""
        self._image[self._config.waiting] = True
        self._report(now(), "process", "false_call")
        self._later(FALSE_FOR, self._bring)

    def _bring(self) -> None:
        self._timer = None
        self._left -= 1
        name = self._add_part(self._box, len(self._boxes) + 1, self._infeed, self._config.jitter)
        self._boxes.append(name)
        self._at_infeed = name
        self._image[self._config.waiting] = True
        self._report(now(), "process", "box_came", part=name)

    def _look(self) -> None:
        """Bring the next box when the last one has left, and store where the boxes are."""
        self._before = {name: self._world.body_pose(name).position for name in self._boxes}
        if self._at_infeed is not None:
            way = self._before[self._at_infeed] - self._infeed.position
            if math.hypot(way[0], way[1]) <= math.hypot(*self._box.size[:2]):
                return  # the next one would still touch it
            self._at_infeed = None
            self._image[self._config.waiting] = False
        if self._timer is None and self._left > 0 and self._boxes:
            self._later(self._random.uniform(*self._config.wait), self._announce if self._false_call else self._bring)
            self._false_call = False

    def _judge(self) -> None:
        """Judge that every box is in a spot of its own, at rest, not over the edge, and on full layers."""
        judged = self._judged()
        filled = {spot for spot, fault, _ in judged.values() if fault is None}
        for name, (spot, wrong, error) in judged.items():
            layer = self._spots[spot][0]
            gap = any(below < layer and i not in filled for i, (below, _) in enumerate(self._spots))
            fault = wrong or (f"stands on layer {layer + 1}, but one below is not full" if gap else None)
            self._note_part(name, self._world.body_pose(name), fault, error)

    def _judged(self) -> Mapping[str, tuple[int, str | None, float]]:
        """Return each box's nearest spot, its fault or None, and its distance (m)."""
        turns = [turn.matrix for turn in self._box.turns()]
        middles = np.array([pose.position for _, pose in self._spots])
        taken: set[int] = set()
        results: dict[str, tuple[int, str | None, float]] = {}
        for name in self._boxes:
            pose = self._world.body_pose(name)
            spot = int(np.square(middles - pose.position).sum(axis=1).argmin())
            error, fault = judge(pose, self._spots[spot][1], turns, self._tolerances)
            over = self._overhang(pose)
            if over > OVER:
                fault = f"reaches {over * 1000:.0f} mm over the edge of the pallet"
            elif fault is None and spot in taken:
                fault = "shares its spot with another box"
            elif fault is None and math.dist(self._before.get(name, pose.position), pose.position) > STILL:
                fault = "still moves"
            taken.add(spot)
            results[name] = spot, fault, error
        return results

    def _overhang(self, pose: Pose) -> float:
        """Return how far (m) a box's corners reach over the edges of the deck."""
        half = np.array(self._box.size) / 2
        corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
        in_world = corners @ pose.rotation.T + pose.position
        in_deck = (in_world - self._deck.position) @ self._deck.rotation
        return float((np.abs(in_deck[:, :2]) - np.array(EUR_PALLET[:2]) / 2).max())
