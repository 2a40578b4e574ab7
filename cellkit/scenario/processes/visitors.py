"""People who walk up to the cell, stay and leave; judged is what the arm does meanwhile."""

from __future__ import annotations

import asyncio
import math
import random

import numpy as np

from cellkit.cell.build import BuiltCell
from cellkit.cell.config import IoDevice
from cellkit.controller.world import Body, Shape
from cellkit.geometry import Array, Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Visitors
from cellkit.scenario.processes.judging import Report, Tally, require
from cellkit.timing import Periodic, now
from cellkit.yamlfile import near_names

STEP = 0.02
"""s between two positions of a visitor, and two looks at the arm."""
BODY = "visitor"
WIDTH, HEIGHT = 0.4, 1.7
"""m of the cylinder that stands for a person."""
STANDS = 0.01
"""rad/s below which a joint stands."""


class VisitorsProcess:
    """Runs ``visitors`` in a world."""

    FAULTS: tuple[str, ...] = ()

    def __init__(self, config: Visitors, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        plan = built.plan
        require(scenario, "robot", config.robot, plan.arms, "arm")
        require(scenario, "entrance", config.entrance, plan.file.places, "place")
        require(scenario, "nearest", config.nearest, plan.file.places, "place")
        require(scenario, "io", config.io, built.images, "digital signals")
        station = plan.file.devices[config.io]
        assert isinstance(station, IoDevice)
        if config.over not in station.inputs:
            text = (
                f"process.over: {config.io!r} has no input {config.over!r}; {near_names(config.over, station.inputs)}"
            )
            raise scenario.document.error(text, ("process", "over"))
        self._config = config
        self._world = built.world
        self._image = built.images[config.io]
        self._plant = built.plants[config.robot].arm
        self._limits = plan.arms[config.robot].joint_limits().velocity
        self._base = plan.layout.frame(config.robot).position
        self._from = plan.layout.places(config.entrance)[0].position
        self._to = plan.layout.places(config.nearest)[0].position
        self._visits = built.cell.quantity
        self._report = report
        self._random = random.Random(seed)
        self._task: asyncio.Task[None] | None = None
        self._beat: Periodic | None = None
        self._since: dict[str, float] = {}
        self._fault: str | None = None
        self._where = self._from
        self.tally = Tally()
        body = Body(BODY, "person", (Shape("cylinder", (WIDTH, WIDTH, HEIGHT)),), self._pose(self._from))
        self._world.add_body(body)

    def start(self) -> None:
        """See ``Process``."""
        self._task = asyncio.get_running_loop().create_task(self._walk())
        self._beat = Periodic(STEP, self._look)

    def finish(self) -> None:
        """See ``Process``."""
        if self._task is not None:
            self._task.cancel()
        if self._beat is not None:
            self._beat.close()

    def begin_fault(self, kind: str) -> None:
        """See ``Process``: none."""

    async def _walk(self) -> None:
        config = self._config
        for number in range(1, self._visits + 1):
            await asyncio.sleep(self._random.uniform(*config.pause))
            self._fault = None
            # How near somebody comes is chance as well: all the way, or only part of it.
            way = self._random.uniform(0.6, 1.0)
            goal = self._from + (self._to - self._from) * way
            self._report(now(), "process", "visitor", number=number, nearest=self._distance(goal))
            await self._go(goal)
            await asyncio.sleep(self._random.uniform(*config.stay))
            await self._go(self._from)
            self.tally.note(f"visit {number}", self._fault)
            self._report(now(), "process", "judged", part=f"visit {number}", fault=self._fault)
        self._image[config.over] = True

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

    def _distance(self, where: Array) -> float:
        """m from the middle of the robot's base to the nearest side of a visitor."""
        return float(np.linalg.norm((where - self._base)[:2])) - WIDTH / 2

    def _look(self) -> None:
        """What may the arm do now, and what does it do?"""
        config = self._config
        distance = self._distance(self._where)
        speed = float(np.max(np.abs(self._plant.state().velocity) / self._limits))
        for zone, within, share in (
            ("slow", config.slow_within, config.slow_share),
            ("stop", config.stop_within, STANDS / float(self._limits.max())),
        ):
            if distance > within:
                self._since.pop(zone, None)
                continue
            since = self._since.setdefault(zone, now())
            if now() - since > config.reaction and speed > share and self._fault is None:
                self._fault = (
                    f"{distance:.2f} m from the base the arm moved at {speed:.0%} of its speed limits "
                    f"{now() - since:.2f} s later (allowed there: {share:.0%})"
                )
