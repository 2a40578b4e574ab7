"""Parts on a belt at random times, turned and off the middle; parts that are not taken are removed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.cell.kinds.analog_io import AnalogIoDevice
from cellkit.controller.world import Body, Shape
from cellkit.geometry import Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import ConveyorFeed
from cellkit.scenario.processes.judging import (
    Report,
    require,
    require_room,
    require_signal,
)
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

BEAT = 0.01
"""Time (s) between two readings of the encoder."""
LOOK = 5
"""The number of beats between two checks of the parts."""
LIFTED = 0.02
"""Height (m) above the belt at which a part counts as taken."""
FALLEN = 0.01
"""Depth (m) below the belt's top at which a part counts as pushed off."""
STOPS_FOR = 2.0
"""Time (s) for which the belt stands in the fault ``belt_stops``."""
GHOST = "ghost"
GHOST_SIZE, GHOST_FOR = 0.01, 0.3
"""Size (m) and duration (s) of the object that passes through the beam."""


@dataclass(slots=True)
class _Part:
    name: str
    came: float
    state: str = "on the belt"


class ConveyorFeedProcess(Process):
    """Runs a ``conveyor_feed`` in a world: puts parts on the belt, turns its encoder, judges the parts."""

    FAULTS: tuple[str, ...] = ("belt_stops", "encoder_frozen", "ghost", "part_missing")

    def __init__(self, config: ConveyorFeed, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        plan = self._plan
        require(scenario, "conveyor", config.conveyor, built.conveyors, "conveyor")
        self._part = self._workpiece("workpiece", config.workpiece)
        self._entrance = self._places("entrance", config.entrance)[0]
        self._stops_at = self._places("stops", config.stops)[0]
        self._leaves = self._places("leaves", config.leaves)[0]
        self._nests = self._places("fixture", config.fixture)
        self._beam = self._places("beam", config.beam)[0]
        require(scenario, "io", config.io, built.analog_images, "analog signals")
        station = plan.file.devices[config.io]
        assert isinstance(station, AnalogIoDevice)
        require_signal(scenario, "encoder", config.io, config.encoder, "input", station.inputs)
        require_room(scenario, built.cell.quantity, len(self._nests), repr(config.fixture))
        self._belt = built.conveyors[config.conveyor]
        self._image = built.analog_images[config.io]
        signal = station.inputs[config.encoder]
        self._encoder_range = signal.high - signal.low
        chance = self._random
        self._speed = plan.file.conveyors[config.conveyor].speed * (1 + chance.uniform(-1, 1) * config.speed_spread)
        self._schedule = self._plan_arrivals(built.cell.quantity, chance)
        self._parts: list[_Part] = []
        self._travel, self._since, self._running = 0.0, 0.0, True
        self._frozen, self._stops = False, False
        self._beats = 0
        self._timers: list[asyncio.TimerHandle] = []

    @override
    def start(self) -> None:
        self._since = now()
        self._belt.set_speed(self._speed)
        loop = asyncio.get_running_loop()
        self._timers = [loop.call_later(delay, self._bring) for delay in self._schedule]
        self._beat = Periodic(BEAT, self._advance)
        self._report(now(), "process", "belt", speed=self._speed)

    @override
    def finish(self) -> None:
        super().finish()
        for timer in self._timers:
            timer.cancel()
        taken = [part.name for part in self._parts if part.state == "taken"]
        self._judge_parts(taken, self._part, self._nests)
        passed = [part for part in self._parts if part.state in ("passed by", "on the belt")]
        for part in passed:
            fault = None if self._too_late(part) else "was let go by, although there was time for it"
            self.tally.note(part.name, fault)
            self._report(now(), "process", "judged", part=part.name, fault=fault, passed_by=True)
        for part in self._parts:
            if part.state in ("pushed off", "taken away"):
                self.tally.note(part.name, f"was {part.state}")
        self.tally.figures["passed by (parts)"] = float(len(passed))

    @override
    def begin_fault(self, kind: str) -> None:
        if kind == "encoder_frozen":
            self._frozen = True
        elif kind == "belt_stops":
            self._stops = True
        elif kind == "ghost":
            side = (GHOST_SIZE,) * 3
            self._world.add_body(Body(GHOST, "dirt", (Shape("box", side),), self._beam))
            self._timers.append(asyncio.get_running_loop().call_later(GHOST_FOR, self._world.remove_body, GHOST))
        else:
            self._take_away()

    def _take_away(self) -> None:
        """Remove the first part on the belt that every sensor has detected; wait for one if necessary."""
        for part in self._parts:
            if part.state == "on the belt" and self._along(part.name, self._entrance) > self._config.seen:
                self._world.remove_body(part.name)
                self._becomes(part, "taken away")
                return
        self._timers.append(asyncio.get_running_loop().call_later(BEAT, self._take_away))

    # --- parts ------------------------------------------------------------------------------------------------

    def _plan_arrivals(self, count: int, chance: random.Random) -> list[float]:
        """Return the arrival times of the parts in s; some parts come too soon after the one before."""
        config = self._config
        late = set(chance.sample(range(1, count, 2), min(config.late, count // 2)))
        moment, times = config.first, []
        for number in range(count):
            if number in late:
                times.append(moment + chance.uniform(*config.late_gap))
                continue
            if times:
                moment += chance.uniform(*config.gap)
            times.append(moment)
        return times

    def _bring(self) -> None:
        name = self._add_part(self._part, len(self._parts) + 1, self._entrance, self._config.jitter)
        self._parts.append(_Part(name, now()))
        self._report(now(), "process", "part_came", part=name)

    def _advance(self) -> None:
        """Advance the belt and its encoder by one beat; check the parts now and then."""
        moment = now()
        if self._running:
            self._travel += self._speed * (moment - self._since)
        self._since = moment
        if not self._frozen:
            self._image[self._config.encoder] = self._travel % self._encoder_range / self._encoder_range
        self._beats += 1
        if self._beats % LOOK == 0:
            for part in self._parts:
                if part.state == "on the belt":
                    self._look(part)

    def _look(self, part: _Part) -> None:
        height = float((self._entrance.inverse("belt") @ self._world.body_pose(part.name)).position[2])
        height -= self._part.size[2] / 2
        if height > LIFTED:
            self._becomes(part, "taken")
        elif height < -FALLEN:
            self._becomes(part, "pushed off")
        elif self._along(part.name, self._leaves) > 0.0:
            self._world.remove_body(part.name)
            self._becomes(part, "passed by")
        elif self._stops and self._along(part.name, self._stops_at) > 0.0:
            self._stops = False
            self._run(False)
            self._timers.append(asyncio.get_running_loop().call_later(STOPS_FOR, self._run, True))

    def _too_late(self, part: _Part) -> bool:
        """Return whether a part has come so soon after the last taken one that it may pass."""
        before = [other.came for other in self._parts if other.state == "taken" and other.came < part.came]
        return bool(before) and part.came - before[-1] < self._config.takt

    def _becomes(self, part: _Part, state: str) -> None:
        part.state = state
        self._report(now(), "process", state.replace(" ", "_"), part=part.name)

    def _run(self, on: bool) -> None:
        self._advance()  # up to this moment
        self._running = on
        self._belt.set_speed(self._speed if on else 0.0)
        self._report(now(), "process", "belt", speed=self._speed if on else 0.0)

    def _along(self, name: str, place: Pose) -> float:
        """Return the distance of a part beyond a place, along the belt, in m."""
        return float((place.inverse("belt") @ self._world.body_pose(name)).position[0])
