"""Watches a run for the page: from snapshots and events to messages, without ever waiting for whoever reads them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.devices.camera import Camera
from cellkit.recording.live import LiveReadings
from cellkit.recording.program_line import waiting_lines
from cellkit.scenario.observers import RunObserver, Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.view.cards import Cards
from cellkit.view.channel import Outbox, packed
from cellkit.view.describe import figures, scene_of
from cellkit.view.moment import Card, Floats, Moment, Touch, to_message
from cellkit.view.scene import ProgramText

PERIOD = 1.0 / 30.0
_ON_PATH = 40  # points of a planned path that are told
_PICTURED = frozenset({"capture", "locate"})


class ViewWatcher(RunObserver):
    """A ``Watcher`` of one run after the other. ``steered``: people move its clock from the page. ``live``: its devices
    are really there; without it, whatever is not steered is.

    ``on_begin`` and ``on_event`` are called in the run's own thread. ``skipped``: moments that were not told, because
    the page had not taken the one before yet.
    """

    def __init__(
        self, outbox: Outbox, title: str, subtitle: str, program: Path, steered: bool, live: bool | None = None
    ) -> None:
        self.period = PERIOD
        self.seed = 0
        self.skipped = 0
        self.on_begin: Callable[[], None] = lambda: None
        self.on_event: Callable[[Mapping[str, Any]], None] = lambda record: None
        self._outbox, self._title, self._subtitle = outbox, title, subtitle
        self._program, self._steered = program, steered
        self._live = not steered if live is None else live
        self._readings: LiveReadings | None = None
        self._built: BuiltCell | None = None
        self._late: Moment | None = None

    @override
    def begin(self, built: BuiltCell) -> None:
        self._built = built
        self._readings = LiveReadings(built) if self._live else None
        self._cards = Cards(built, self._readings)
        self._names: tuple[str, ...] = ()
        self._shown: dict[str, Card] = {}
        self._plans: dict[str, tuple[object, int]] = {}
        lines = self._program.read_text(encoding="utf-8").splitlines() if self._program.is_file() else []
        program = ProgramText(name=self._program.name, lines=tuple(lines))
        scene = scene_of(built, self._title, self._subtitle, program, self.seed, self._steered, self.period)
        self._outbox.put(packed("scene", scene.model_dump(mode="json")))
        self.on_begin()

    @override
    def look(self, snapshot: Snapshot) -> None:
        if self._outbox.broken:
            return
        if self._outbox.busy:
            self.skipped += 1
            self._late = self._moment(snapshot)  # told at the end, if nothing comes before
            return
        self._late = None
        self._tell(self._moment(snapshot))

    @override
    def event(self, record: Mapping[str, Any]) -> None:
        if record["what"] == "header":
            self._outbox.put(packed("begin", {}))
        self._outbox.put(packed("event", dict(record)))
        if self._built is not None:
            self._cards.event(record)
            if record["what"] == "command" and record.get("command") in _PICTURED:
                self._picture(record["source"], record["t"])
        self.on_event(record)

    @override
    def end(self, record: RunRecord | None) -> None:
        if self._late is not None:
            self._tell(self._late)
        if self._readings is not None:
            self._readings.close()
        self._built = self._late = self._readings = None
        told: dict[str, Any] = {"text": "broken off", "failed": True}
        if record is not None:
            told = {"text": _outcome(record), "failed": not record.success}
        self._outbox.put(packed("end", told))

    # --- a moment ---------------------------------------------------------------------------------------------

    def _tell(self, moment: Moment | None) -> None:
        if moment is not None:
            told, floats = to_message(moment, self._shown)
            self._shown = dict(moment.cards)
            self._outbox.put(packed("moment", told, floats))

    def _moment(self, snapshot: Snapshot) -> Moment | None:
        """While the run goes: devices can say how they are only then."""
        built = self._built
        if built is None:
            return None
        if self._readings is not None:
            snapshot = self._readings.seen(snapshot)
        names = tuple(snapshot.places)
        if names != self._names:
            drawn = [one.model_dump(mode="json") for one in figures(built.world.drawn())]
            self._outbox.put(packed("drawn", {"figures": drawn, "names": names}))
            self._names = names
        return Moment(
            time=snapshot.time,
            names=names,
            places=np.stack([place[:3] for place in snapshot.places.values()]).astype(np.float32),
            cards=self._cards.cards(snapshot),
            lines=waiting_lines(self._program),
            tools={role: self._tool(built, role, snapshot) for role in snapshot.joints},
            planned=self._planned(built),
            contacts=tuple(Touch(one.link, one.other, one.point, one.force) for one in built.world.contacts()),
            collisions=snapshot.collisions,
        )

    def _tool(self, built: BuiltCell, role: str, snapshot: Snapshot) -> Floats:
        """(3, 4) of the TCP in frame ``world``."""
        arm = built.cell.arm(role)
        base = built.plan.layout.frame(role).matrix
        tcp = base @ arm.kinematics.forward(snapshot.joints[role].position) @ arm.tool.tcp.matrix
        return np.asarray(tcp[:3], dtype=np.float32)

    def _planned(self, built: BuiltCell) -> dict[str, int]:
        """The number of the path that each arm is on; a new one is told first."""
        numbers = {}
        for role in built.plan.arms:
            kernel = built.factory.kernel(role)
            if kernel is None:
                continue
            trajectory = kernel.trajectory
            known, number = self._plans.get(role, (None, 0))
            if known is not trajectory:
                self._plans[role] = trajectory, number + 1
                number += 1
                if trajectory.duration > 0.0:
                    base, tcp = built.plan.layout.frame(role).matrix, kernel.tool.tcp.matrix
                    times = np.linspace(0.0, trajectory.duration, _ON_PATH)
                    points = [
                        (base @ kernel.kinematics.forward(np.array(trajectory.position(float(t)))) @ tcp)[:3, 3]
                        for t in times
                    ]
                    told = {"arm": role, "number": number}
                    self._outbox.put(packed("path", told, np.array(points, dtype="<f4").tobytes()))
            numbers[role] = number
        return numbers

    def _picture(self, role: str, time: float) -> None:
        """What a camera sees when the program uses it, where the world can draw."""
        built = self._built
        assert built is not None
        camera = built.cameras.get(role)
        if camera is None or not isinstance(built.cell.devices[role], Camera):
            return
        try:
            picture = camera.plant.picture()
        except ValueError:
            return  # a world without shapes
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(np.asarray(picture.colour)).save(file, format="JPEG", quality=85)
        self._outbox.put(packed("picture", {"camera": role, "time": time}, file.getvalue()))


def _outcome(record: RunRecord) -> str:
    text = "success" if record.success else "failed"
    if record.caused is not None:
        what, when = record.caused.what, record.caused.when
        text = f"the fault {record.fault} came as planned: {what} (at {when:.2f} s)" if record.success else text
    if record.parts_judged:
        text += f", {record.parts_good} of {record.parts_total} parts good"
    if record.failure is not None:
        text += f": {record.failure.what} (at {record.failure.when:.2f} s, {record.failure.where})"
    return text
