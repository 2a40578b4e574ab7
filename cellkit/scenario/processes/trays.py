"""Exchange of full trays for finished fixtures, by a handshake of two signals."""

from __future__ import annotations

import asyncio
import math

from typing_extensions import override

from cellkit.cell.build import BuiltCell, part_body
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.arrivals import ELSEWHERE, arrival
from cellkit.scenario.processes.config import TrayExchange
from cellkit.scenario.processes.ground_truth import GroundTruth
from cellkit.scenario.processes.judging import (
    Report,
    require_signal,
)
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

LOOK = 0.02
"""Time (s) between two checks of the grip force."""


class TrayExchangeProcess(Process):
    """Runs a ``tray_exchange`` in a world."""

    FAULTS: tuple[str, ...] = ("part_missing", "not_ready")

    def __init__(self, config: TrayExchange, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._left = built.cell.quantity
        self._batch = 0
        self._present: list[str] = []
        self._known: set[str] = set()
        self._part = self._workpiece("workpiece", config.workpiece)
        self._tray = self._places("tray", config.tray)
        self._nests = self._places("fixture", config.fixture)
        station = self._digital_signals(config.io)
        require_signal(scenario, "ready", config.io, config.ready, "input", station.inputs)
        require_signal(scenario, "done", config.io, config.done, "output", station.outputs)
        self._image = built.images[config.io]
        self._wait: asyncio.TimerHandle | None = None
        self._image.watch(config.done, self._on_done)
        self._grippers = [
            (hand.jaws, GroundTruth(built, arm), built.cell.tool(role).tcp.matrix)
            for arm, plants in built.plants.items()
            for hand, role in zip(plants.hands, self._plan.grippers_on(arm), strict=True)
            if config.stands is not None and hand.jaws is not None
        ]
        self._crushed: dict[str, str] = {}

    @override
    def start(self) -> None:
        self._fill()
        if self._config.stands is not None:
            self._beat = Periodic(LOOK, self._check_force)

    @override
    def finish(self) -> None:
        if self._wait is not None:
            self._wait.cancel()
        super().finish()
        if self._present:
            self._judge()

    @override
    def begin_fault(self, kind: str) -> None:
        """Begin a fault.

        ``part_missing``: the last part that still lies in the tray is removed. ``not_ready``: the tray in place is
        never announced.
        """
        if kind == "not_ready":
            self._image[self._config.ready] = False
            return
        for index in reversed(range(len(self._present))):
            name = self._present[index]
            if math.dist(self._world.body_pose(name).position, self._tray[index].position) < self._part.size[2]:
                self._world.move_body(name, ELSEWHERE)
                return

    def _fill(self) -> None:
        self._batch += 1
        count = min(self._left, len(self._tray), len(self._nests))
        for index in range(count):
            name = f"{self._part.kind}_{index + 1}"
            pose = arrival(self._tray[index], self._part, self._config.jitter, self._random)
            if name in self._known:
                self._world.move_body(name, pose)
            else:
                self._world.add_body(part_body(self._plan, self._part.kind, name, pose))
                self._known.add(name)
            self._present.append(name)
        for name in sorted(self._known - set(self._present)):
            self._world.remove_body(name)
            self._known.discard(name)
        self._left -= count
        self._report(now(), "process", "tray_ready", batch=self._batch, parts=count)
        self._image[self._config.ready] = count > 0

    def _on_done(self) -> None:
        if not self._image[self._config.done] or not self._present:
            return
        self._image[self._config.ready] = False
        self._judge()
        if self._left > 0:
            self._wait = asyncio.get_running_loop().call_later(self._config.exchange_time, self._fill)

    def _check_force(self) -> None:
        """Mark a part as crushed when the pads press it with more than its permitted force."""
        limit = self._config.stands
        assert limit is not None
        for jaws, arm, tcp in self._grippers:
            force = jaws.state().force
            if force <= limit or not self._present:
                continue
            tool = (arm.flange() @ tcp)[:3, 3]
            nearest = min(self._present, key=lambda name: math.dist(self._world.body_pose(name).position, tool))
            if math.dist(self._world.body_pose(nearest).position, tool) < max(self._part.size):
                self._crushed.setdefault(nearest, f"was crushed with {force:.0f} N (stands {limit:g} N)")

    def _judge(self) -> None:
        self._judge_parts(self._present, self._part, self._nests, self._crushed)
        self._crushed.clear()
        self._present.clear()
