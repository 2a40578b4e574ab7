"""What surrounds the robot in a simulated run: parts arrive, finished ones are judged and taken away."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cellkit.cell.build import BuiltCell, part_body
from cellkit.cell.config import IoDevice
from cellkit.geometry import Pose, inverse_transform, rotvec_from_rotation
from cellkit.scenario.config import Scenario, Tolerances, TrayExchange
from cellkit.timing import now
from cellkit.yamlfile import near_names

Report = Callable[..., None]
DROP = 0.0005  # m above its place at which a part is put down


@dataclass(slots=True)
class Tally:
    """Parts judged so far. ``errors`` in m, of every part that stands in a nest."""

    good: int = 0
    judged: int = 0
    errors: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class TrayExchangeProcess:
    """Runs a ``tray_exchange`` in a world. ``report(time, source, what, **data)`` receives what happens."""

    def __init__(self, config: TrayExchange, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        self._config = config
        self._tolerances = scenario.file.tolerances
        self._world = built.world
        self._report = report
        self._random = random.Random(seed)
        self._left = built.cell.quantity
        self._batch = 0
        self._present: list[str] = []
        self._known: set[str] = set()
        self.tally = Tally()
        self._plan = plan = built.plan
        at = ("process",)
        for key, valid in (
            ("workpiece", plan.workpieces),
            ("tray", plan.file.places),
            ("fixture", plan.file.places),
            ("io", built.images),
        ):
            name = getattr(config, key)
            if name not in valid:
                known = near_names(name, valid)
                raise scenario.document.error(f"process.{key}: the cell has no {name!r}; {known}", (*at, key))
        station = plan.file.devices[config.io]
        assert isinstance(station, IoDevice)
        for key, name, what, signals in (
            ("ready", config.ready, "input", station.inputs),
            ("done", config.done, "output", station.outputs),
        ):
            if name not in signals:
                text = f"process.{key}: {config.io!r} has no {what} {name!r}; {near_names(name, signals)}"
                raise scenario.document.error(text, (*at, key))
        if config.workpiece in plan.file.stock:
            text = f"process.workpiece: {config.workpiece!r} is also in the cell's stock; only one can bring it"
            raise scenario.document.error(text, (*at, "workpiece"))
        self._part = plan.workpieces[config.workpiece]
        self._tray = plan.layout.places(config.tray)
        self._nests = plan.layout.places(config.fixture)
        self._image = built.images[config.io]
        self._wait: asyncio.TimerHandle | None = None
        self._image.watch(config.done, self._on_done)

    def start(self) -> None:
        """Bring the first tray."""
        self._fill()

    def finish(self) -> None:
        """The run is over: judge what has not been handed over."""
        if self._wait is not None:
            self._wait.cancel()
        if self._present:
            self._judge()

    def _fill(self) -> None:
        self._batch += 1
        count = min(self._left, len(self._tray), len(self._nests))
        for index in range(count):
            name = f"{self._part.kind}_{index + 1}"
            pose = self._arrival(self._tray[index])
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

    def _arrival(self, place: Pose) -> Pose:
        jitter = self._config.jitter
        x, y = (self._random.uniform(-jitter.xy, jitter.xy) for _ in range(2))
        yaw = math.radians(self._random.uniform(-jitter.yaw_deg, jitter.yaw_deg))
        return place @ Pose.from_rpy((x, y, self._part.size[2] / 2 + DROP), (0.0, 0.0, yaw))

    def _on_done(self) -> None:
        if not self._image[self._config.done] or not self._present:
            return
        self._image[self._config.ready] = False
        self._judge()
        if self._left > 0:
            self._wait = asyncio.get_running_loop().call_later(self._config.exchange_time, self._fill)

    def _judge(self) -> None:
        """Compare every part with the nest it is nearest to."""
        half = Pose.from_rpy((0.0, 0.0, self._part.size[2] / 2))
        nests = [nest @ half for nest in self._nests]
        middles = np.array([nest.position for nest in nests])
        turns = None if self._part.shape == "cylinder" else [turn.matrix for turn in self._part.turns()]
        taken: set[int] = set()
        for name in self._present:
            pose = self._world.body_pose(name)
            nearest = int(np.square(middles - pose.position).sum(axis=1).argmin())
            error, fault = judge(pose, nests[nearest], turns, self._tolerances)
            if fault is None and nearest in taken:
                fault = f"shares nest {nearest + 1} with another part"
            taken.add(nearest)
            self.tally.judged += 1
            if fault is None:
                self.tally.good += 1
                self.tally.errors.append(error)
            else:
                self.tally.faults.append(f"{name}: {fault}")
            where = [*pose.position.tolist(), *pose.quaternion]
            self._report(now(), "process", "judged", part=name, pose=where, error=error, fault=fault)
        self._present.clear()


def judge(pose: Pose, nest: Pose, turns: list[np.ndarray] | None, tolerances: Tolerances) -> tuple[float, str | None]:
    """Distance (m) of a part from its nest in the nest's plane, and what is wrong with it, if anything.

    ``turns`` about z leave the part looking the same; None: any turn does, as with a cylinder.
    """
    relative = inverse_transform(nest.matrix) @ pose.matrix
    error = float(np.hypot(relative[0, 3], relative[1, 3]))
    if error > tolerances.position:
        return error, f"{error * 1000:.1f} mm from its nest (allowed {tolerances.position * 1000:g} mm)"
    height = float(relative[2, 3])
    if abs(height) > tolerances.height:
        return error, f"{height * 1000:+.1f} mm too high or low (allowed {tolerances.height * 1000:g} mm)"
    if turns is None:
        angle = math.acos(min(1.0, max(-1.0, float(relative[2, 2]))))
    else:
        angle = min(float(np.linalg.norm(rotvec_from_rotation(turn[:3, :3].T @ relative[:3, :3]))) for turn in turns)
    if math.degrees(angle) > tolerances.angle_deg:
        return error, f"turned or tilted by {math.degrees(angle):.1f} deg (allowed {tolerances.angle_deg:g} deg)"
    return error, None
