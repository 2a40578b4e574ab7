"""What the page knows of a run: fed by messages from a live one, or by whoever reads a recording."""

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
    """How the clock of the simulation goes."""

    paused: bool = False
    speed: float | Literal["max"] = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A camera's picture (JPEG) at cell time ``time`` (s)."""

    time: float
    jpeg: bytes


class RunState:
    """One run at a time. Take ``lock`` around whatever is read together.

    ``edition`` goes up with every new run, ``cast`` with everything new that there is to draw.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.edition = 0
        self._begin()

    def _begin(self) -> None:
        self.scene: Scene | None = None
        self.figures: dict[str, Figure] = {}
        self.cast = 0
        self.history = History()
        self.clock = Clock()
        self.outcome: str | None = None
        self.failed = False
        self.pictures: dict[str, deque[Picture]] = {}
        self._names: tuple[str, ...] = ()
        self._cards: dict[str, Card] = {}

    def take(self, kind: str, told: dict[str, Any], data: bytes = b"") -> None:
        """One message."""
        with self.lock:
            match kind:
                case "begin":
                    clock = self.clock
                    self._begin()
                    self.clock = clock
                case "scene":
                    self.scene = Scene(**told)
                    self.edition += 1
                case "drawn":
                    for one in told["figures"]:
                        self.figures[one["name"]] = Figure(**one)
                    self._names = tuple(told["names"])
                    self.cast += 1
                case "moment":
                    self.history.add(from_message(told, data, self._names, self._cards))
                case "path":
                    self.history.paths[told["arm"], told["number"]] = np.frombuffer(data, "<f4").reshape(-1, 3)
                case "picture":
                    kept = self.pictures.setdefault(told["camera"], deque(maxlen=200))
                    kept.append(Picture(told["time"], data))
                case "event":
                    self.history.events.append(told)
                case "clock":
                    self.clock = Clock(told["paused"], told["speed"])
                case "end":
                    self.outcome, self.failed = told["text"], told["failed"]
                case _:
                    raise ValueError(f"unknown message {kind!r}")

    def picture_at(self, camera: str, time: float) -> Picture | None:
        """The newest picture of a camera that is not after ``time`` (s)."""
        return next((one for one in reversed(self.pictures.get(camera, ())) if one.time <= time + 1e-9), None)
