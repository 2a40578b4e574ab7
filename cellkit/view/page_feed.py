"""The observer of a run that feeds the page: snapshots and events become messages. It never waits for the page."""

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
from cellkit.view.moment import Card, ContactPoint, Floats, Moment, to_message
from cellkit.view.scene import ProgramText
from cellkit.view.texts import outcome

PERIOD = 1.0 / 30.0
_PATH_POINTS = 40  # of a planned path
_PICTURED = frozenset({"capture", "locate"})


class PageFeed(RunObserver):
    """An observer of one run after the other. ``steered``: the page controls the clock of the run.

    ``live``: the devices are real; None: they are real unless the run is ``steered``. ``on_begin`` and ``on_event`` are
    called in the run's thread. ``skipped``: number of moments that were left out, because the page had not yet taken
    the moment before.
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
            self._late = self._moment(snapshot)  # sent at the end of the run unless a later moment is sent
            return
        self._late = None
        self._send(self._moment(snapshot))

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
            self._send(self._late)
        if self._readings is not None:
            self._readings.close()
        self._built = self._late = self._readings = None
        fields: dict[str, Any] = {"text": "the run was aborted", "failed": True}
        if record is not None:
            fields = {"text": outcome(record), "failed": not record.success}
        self._outbox.put(packed("end", fields))

    # --- a moment ---------------------------------------------------------------------------------------------

    def _send(self, moment: Moment | None) -> None:
        if moment is not None:
            fields, floats = to_message(moment, self._shown)
            self._shown = dict(moment.cards)
            self._outbox.put(packed("moment", fields, floats))

    def _moment(self, snapshot: Snapshot) -> Moment | None:
        """Return the moment of a snapshot; None after the end of the run, when no device can be read."""
        built = self._built
        if built is None:
            return None
        if self._readings is not None:
            snapshot = self._readings.seen(snapshot)
        names = tuple(snapshot.places)
        if names != self._names:
            self._outbox.put(packed("drawn", {"figures": figures(built.world.drawn()), "names": names}))
            self._names = names
        return Moment(
            time=snapshot.time,
            names=names,
            places=np.stack([place[:3] for place in snapshot.places.values()]).astype(np.float32),
            cards=self._cards.cards(snapshot),
            lines=waiting_lines(self._program),
            tools={role: self._tool(built, role, snapshot) for role in snapshot.joints},
            planned=self._planned(built),
            contacts=tuple(ContactPoint(c.link, c.other, c.point, c.force) for c in built.world.contacts()),
            collisions=snapshot.collisions,
        )

    def _tool(self, built: BuiltCell, role: str, snapshot: Snapshot) -> Floats:
        """Return the pose (3, 4) of the TCP in frame ``world``."""
        arm = built.cell.arm(role)
        base = built.plan.layout.frame(role).matrix
        tcp = base @ arm.kinematics.forward(snapshot.joints[role].position) @ arm.tool.tcp.matrix
        return np.asarray(tcp[:3], dtype=np.float32)

    def _planned(self, built: BuiltCell) -> dict[str, int]:
        """Return the number of the path that each arm follows, and send every new path."""
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
                    times = np.linspace(0.0, trajectory.duration, _PATH_POINTS)
                    points = [
                        (base @ kernel.kinematics.forward(np.array(trajectory.position(float(t)))) @ tcp)[:3, 3]
                        for t in times
                    ]
                    fields = {"arm": role, "number": number}
                    self._outbox.put(packed("path", fields, np.array(points, dtype="<f4").tobytes()))
            numbers[role] = number
        return numbers

    def _picture(self, role: str, time: float) -> None:
        """Send the picture of a camera that the program uses, where the world can render."""
        built = self._built
        assert built is not None
        camera = built.cameras.get(role)
        if camera is None or not isinstance(built.cell.devices[role], Camera):
            return
        try:
            picture = camera.plant.picture()
        except ValueError:
            return  # the world has no shapes to render
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(np.asarray(picture.colour)).save(file, format="JPEG", quality=85)
        self._outbox.put(packed("picture", {"camera": role, "time": time}, file.getvalue()))
