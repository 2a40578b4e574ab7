"""The state of one run in the page's process, updated by the messages of a live run or of a recording."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cellkit.view.history import History
from cellkit.view.moment import Card, from_message
from cellkit.view.scene import Figure, Scene


@dataclass(frozen=True, slots=True)
class Clock:
    """The simulation's clock: paused or not, and its speed as a multiple of real time."""

    paused: bool = False
    speed: float | Literal["max"] = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A camera's picture (JPEG) at cell time ``time`` (s)."""

    time: float
    jpeg: bytes


class RunState:
    """One run at a time. Hold ``lock`` around values that are read together.

    ``run_number`` goes up with every new run, ``figures_version`` with every change of ``figures``.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.run_number = 0
        self._begin()

    def _begin(self) -> None:
        self.scene: Scene | None = None
        self.figures: dict[str, Figure] = {}
        self.figures_version = 0
        self.history = History()
        self.clock = Clock()
        self.outcome: str | None = None
        self.failed = False
        self.pictures: dict[str, deque[Picture]] = {}
        self._names: tuple[str, ...] = ()
        self._cards: dict[str, Card] = {}

    def take(self, kind: str, fields: dict[str, Any], data: bytes = b"") -> None:
        """Apply one message. Raises ``ValueError`` for an unknown kind."""
        with self.lock:
            match kind:
                case "begin":
                    clock = self.clock
                    self._begin()
                    self.clock = clock
                case "scene":
                    self.scene = Scene(**fields)
                    self.run_number += 1
                case "drawn":
                    for figure in fields["figures"]:
                        self.figures[figure["name"]] = Figure(**figure)
                    self._names = tuple(fields["names"])
                    self.figures_version += 1
                case "moment":
                    self.history.add(from_message(fields, data, self._names, self._cards))
                case "path":
                    self.history.paths[fields["arm"], fields["number"]] = np.frombuffer(data, "<f4").reshape(-1, 3)
                case "picture":
                    pictures = self.pictures.setdefault(fields["camera"], deque(maxlen=200))
                    pictures.append(Picture(fields["time"], data))
                case "event":
                    self.history.events.append(fields)
                case "clock":
                    self.clock = Clock(fields["paused"], fields["speed"])
                case "end":
                    self.outcome, self.failed = fields["text"], fields["failed"]
                case _:
                    raise ValueError(f"unknown message {kind!r}")

    def picture_at(self, camera: str, time: float) -> Picture | None:
        """Return the newest picture of a camera that is not after ``time`` (s)."""
        pictures = reversed(self.pictures.get(camera, ()))
        return next((picture for picture in pictures if picture.time <= time + 1e-9), None)
