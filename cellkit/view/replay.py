"""A recording in the same page as a live run: read from the file, told in the same messages."""

from __future__ import annotations

import heapq
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.recording import topics
from cellkit.recording.reader import Recording
from cellkit.recording.signals import FLANGE
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.view.channel import packed
from cellkit.view.describe import figures
from cellkit.view.history import KEPT
from cellkit.view.moment import Card, Floats, Moment, to_message
from cellkit.view.recorded_cards import RecordedCards
from cellkit.view.recorded_scene import recorded_scene

PERIOD = 1.0 / 30.0
"""s between two moments, at least."""
Message = tuple[str, dict[str, Any], bytes]


def send_recording(recording: Recording, end: socket.socket) -> None:
    """All of it to a page that knows nothing but the past, see ``PageOptions.past``. Raises ``OSError``."""
    for message in story_of(recording):
        end.sendall(packed(*message))


def story_of(recording: Recording, period: float = PERIOD) -> Iterator[Message]:
    """The messages of a run that was recorded, see ``Story.take``, with a moment every ``period`` s or a little more.

    Raises ``ConfigError``: there are no snapshots.
    """
    if not recording.own or not len(recording):
        raise ConfigError(
            "holds no snapshots of a cell: only recordings of cellkit can be replayed", file=recording.file
        )
    period = max(period, (recording.times[-1] - recording.times[0]) / KEPT)
    yield "begin", {}, b""
    yield "scene", recorded_scene(recording, period).model_dump(mode="json"), b""
    cards = RecordedCards(recording)
    told = _Telling(recording, cards)
    streams = (
        ((float(one["t"]), 0, number, one) for number, one in enumerate(recording.events)),
        ((time, 1, number, None) for number, time in chosen(recording.times, period)),
    )
    for _, kind, number, event in heapq.merge(*streams, key=lambda one: one[:3]):
        if kind == 0:
            assert event is not None
            cards.event(event)
            yield "event", dict(event), b""
        else:
            yield from told.moment(number)
    for camera in recording.cameras:
        for number in range(len(recording.image_times(camera))):
            picture = recording.image(camera, number)
            if picture.format == "jpeg":
                yield "picture", {"camera": camera, "time": picture.time}, picture.data
    yield "end", ending(recording), b""


def chosen(times: Array, period: float) -> Iterator[tuple[int, float]]:
    """Number and time of the snapshots that are shown: the first, the last, and one every ``period`` s."""
    last = -np.inf
    for number, time in enumerate(times.tolist()):
        if time - last >= period - 1e-9 or number == len(times) - 1:
            last = time
            yield number, time


class _Telling:
    """From snapshots to moments; tells what is drawn when that changes."""

    def __init__(self, recording: Recording, cards: RecordedCards) -> None:
        self._recording, self._cards = recording, cards
        self._names: tuple[str, ...] = ()
        self._shown: Mapping[str, Card] = {}

    def moment(self, number: int) -> Iterator[Message]:
        snapshot = self._recording.snapshot(number)
        names = tuple(snapshot.places)
        if names != self._names:
            self._names = names
            drawn = [one.model_dump(mode="json") for one in figures(self._recording.drawn(snapshot.time))]
            yield "drawn", {"figures": drawn, "names": names}, b""
        lines = self._recording.message_at(topics.PROGRAM, snapshot.time)
        moment = Moment(
            time=snapshot.time,
            names=names,
            places=np.stack([place[:3] for place in snapshot.places.values()]).astype(np.float32),
            cards=self._cards.cards(snapshot),
            lines=() if lines is None else tuple(lines["lines"]),
            tools=tools(self._recording, snapshot),
            collisions=snapshot.collisions,
        )
        told, floats = to_message(moment, self._shown)
        self._shown = dict(moment.cards)
        yield "moment", told, floats


def tools(recording: Recording, snapshot: Snapshot) -> dict[str, Floats]:
    """(3, 4) of every arm's TCP in frame ``world``; its flange where the recording does not say where the TCP is."""
    found = {}
    for arm in snapshot.joints:
        flange = snapshot.places.get(f"{arm}/{FLANGE}")
        if flange is not None:
            told = recording.message_at(topics.tcp(arm), snapshot.time)
            tcp = np.eye(4) if told is None else np.array(told["matrix"]).reshape(4, 4)
            found[arm] = np.asarray((flange @ tcp)[:3], dtype=np.float32)
    return found


def ending(recording: Recording) -> dict[str, Any]:
    """What the run, or the recording of it, came to."""
    result = recording.result
    text = "it was broken off" if result is None else outcome(result)
    cut = "" if recording.complete else "; the recording was cut off here"
    return {"text": text + cut, "failed": result is None or not result.success or bool(cut)}


def outcome(record: RunRecord) -> str:
    """What a run came to, in words."""
    text = "success" if record.success else "failed"
    if record.parts_judged and record.parts_total:
        text += f", {record.parts_good} of {record.parts_total} parts good"
    for what, failure in (("", record.failure), ("caused: ", record.caused)):
        if failure is not None:
            text += f"; {what}{failure.what} (at {failure.when:.2f} s, {failure.where})"
    return text
