"""People who walk up to the cell, stay and leave; the arm's motion meanwhile is judged, and its delay is counted."""

from __future__ import annotations

import asyncio
import math

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.controller.world import Body, Shape
from cellkit.devices import DeviceEvent
from cellkit.geometry import Array, Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Visitors
from cellkit.scenario.processes.judging import Report, require, require_signal
from cellkit.scenario.processes.presence import MovingArm, PresenceCost, shortfall
from cellkit.scenario.processes.process import Process
from cellkit.scenario.processes.transport_task import TransportCount
from cellkit.timing import Periodic, now

STEP = 0.02
"""Time (s) between two positions of a visitor, and two checks of the arm."""
BODY = "visitor"
WIDTH, HEIGHT = 0.4, 1.7
"""Size (m) of the cylinder that represents a person."""
MARGIN = "least margin to the protective distance (m)"
ASSUMED = "least margin to the protective distance, assumed stop (m)"
"""The name of the margin where cellkit assumes how the arm stops."""


class VisitorsProcess(Process):
    """Runs ``visitors`` in a world."""

    FAULTS: tuple[str, ...] = ("person_stays",)

    def __init__(self, config: Visitors, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        require(scenario, "robot", config.robot, self._plan.arms, "arm")
        self._from = self._places("entrance", config.entrance)[0]
        self._to = self._places("nearest", config.nearest)[0]
        station = self._digital_signals(config.io)
        require_signal(scenario, "watching", config.io, config.watching, "output", station.outputs)
        require_signal(scenario, "over", config.io, config.over, "input", station.inputs)
        self._config = config
        self._image = built.images[config.io]
        self._arm = MovingArm(built, config.robot)
        self._visits = built.cell.quantity
        self._task: asyncio.Task[None] | None = None
        self._short_since: float | None = None
        self._fault: str | None = None
        self._present = self._stays = False
        self._where = self._from.position
        self._finished = asyncio.Event()
        self._alone = 0
        self._cost = PresenceCost(config.robot)
        self._work = None if config.work is None else TransportCount(config.work, scenario, built)
        built.cell.on_event(self._on_event)
        body = Body(BODY, "person", (Shape("cylinder", (WIDTH, WIDTH, HEIGHT)),), self._pose(self._where))
        self._world.add_body(body)

    @override
    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._walk())
        self._beat = Periodic(STEP, self._look)

    @override
    def finish(self) -> None:
        if self._task is not None:
            self._task.cancel()
        super().finish()
        if self._work is not None:
            self._work.finish()
        self.tally.figures.update(self._cost.figures(now()))

    @override
    def begin_fault(self, kind: str) -> None:
        """Let the next person come all the way and never leave: ``person_stays`` is the only fault."""
        self._stays = True

    async def _walk(self) -> None:
        config = self._config
        await self._until_watched()
        if self._work is not None:
            self._work.start()
        for number in range(1, self._visits + 1):
            await asyncio.sleep(self._random.uniform(*config.pause))
            self._fault = None
            # The distance of a visit is random as well: half of the visitors come all the way.
            start, end = (
                place.offset(y=self._random.uniform(-wide, wide)).position
                for place, wide in zip((self._from, self._to), config.sideways, strict=True)
            )
            way = min(1.0, self._random.uniform(0.6, 1.4))
            goal = end if self._stays else start + (end - start) * way
            self._where = start
            self._present = True
            self._cost.set_present(now(), True)
            self._report(now(), "process", "visitor", number=number, nearest=self._arm.distance(goal) - WIDTH / 2)
            await self._go(goal)
            while True:
                await asyncio.sleep(self._random.uniform(*config.stay))
                if not self._stays:
                    break
            await self._go(start)
            self._present = False
            self._cost.set_present(now(), False)
            self.tally.note(f"visit {number}", self._fault)
            self._report(now(), "process", "judged", part=f"visit {number}", fault=self._fault)
        if self._work is not None:
            await self._work.enough()
        self._image[config.over] = True

    async def _until_watched(self) -> None:
        """Wait until the cell monitors people, and then for ``alone`` finished parts."""
        watched = asyncio.Event()
        self._image.watch(self._config.watching, watched.set)
        while not self._image[self._config.watching]:
            watched.clear()
            await watched.wait()
        self._cost.begin(now())
        for _ in range(self._config.alone):
            self._finished.clear()
            await self._finished.wait()

    async def _go(self, goal: Array) -> None:
        start, way = self._where, goal - self._where
        length = float(np.linalg.norm(way))
        steps = max(1, math.ceil(length / (self._config.pace * STEP)))
        for step in range(1, steps + 1):
            await asyncio.sleep(STEP)
            self._where = start + way * (step / steps)
            self._world.move_body(BODY, self._pose(self._where))

    def _pose(self, where: Array) -> Pose:
        return Pose.from_rpy((float(where[0]), float(where[1]), HEIGHT / 2), frame="world")

    def _look(self) -> None:
        """Check whether the arm's present motion is permitted."""
        state = self._arm.look() if self._present else None
        if state is None:
            self._short_since = None
            return
        config = self._config
        # Even the quickest stop, begun at this moment, leaves less than the distance by which a person may be ahead.
        at_once = shortfall(state, self._where, WIDTH / 2, config.intrusion, 0.0)
        figures = self.tally.figures
        margin = ASSUMED if self._arm.assumed else MARGIN
        figures[margin] = min(figures.get(margin, math.inf), -at_once)
        late = shortfall(state, self._where, WIDTH / 2, config.intrusion, config.reaction)
        if late <= 0.0:
            self._short_since = None
        elif self._short_since is None:
            self._short_since = now() + config.reaction + state.stopping_time
        if self._fault is not None:
            return
        if at_once > 0.0:
            self._fault = f"the arm moved {at_once:.2f} m nearer than any stop could justify"
        elif self._short_since is not None and now() > self._short_since:
            self._fault = f"the arm did not slow down in time: {late:.2f} m are missing"

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "part_finished":
            self._finished.set()
        self._cost.on_event(event)
