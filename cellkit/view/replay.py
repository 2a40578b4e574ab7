"""A recording as the messages that a live run sends to the page."""

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
from cellkit.view.channel import packed
from cellkit.view.describe import figures
from cellkit.view.history import MAX_MOMENTS
from cellkit.view.moment import Card, Floats, Moment, to_message
from cellkit.view.recorded_cards import RecordedCards
from cellkit.view.recorded_scene import recorded_scene
from cellkit.view.texts import outcome

PERIOD = 1.0 / 30.0
"""Smallest time between two moments, in s."""
Message = tuple[str, dict[str, Any], bytes]


def send_recording(recording: Recording, end: socket.socket) -> None:
    """Send the whole recording to a page that shows the past only (``PageOptions.past``). Raises ``OSError``."""
    for message in replay_messages(recording):
        end.sendall(packed(*message))


def replay_messages(recording: Recording, period: float = PERIOD) -> Iterator[Message]:
    """Yield the messages of a recorded run for ``RunState.take``, with one moment every ``period`` s or a little more.

    Raises ``ConfigError`` for a recording without snapshots.
    """
    if not recording.own or not len(recording):
        raise ConfigError(
            "the recording holds no snapshots of a cell: only recordings of cellkit can be replayed",
            file=recording.file,
        )
    period = max(period, (recording.times[-1] - recording.times[0]) / MAX_MOMENTS)
    yield "begin", {}, b""
    yield "scene", recorded_scene(recording, period).model_dump(mode="json"), b""
    cards = RecordedCards(recording)
    moments = _MomentMessages(recording, cards)
    streams = (
        ((float(event["t"]), 0, number, event) for number, event in enumerate(recording.events)),
        ((time, 1, number, None) for number, time in sampled(recording.times, period)),
    )
    for _, kind, number, event in heapq.merge(*streams, key=lambda entry: entry[:3]):
        if kind == 0:
            assert event is not None
            cards.event(event)
            yield "event", dict(event), b""
        else:
            yield from moments.at(number)
    for camera in recording.cameras:
        for number in range(len(recording.image_times(camera))):
            picture = recording.image(camera, number)
            if picture.format == "jpeg":
                yield "picture", {"camera": camera, "time": picture.time}, picture.data
    yield "end", _end_fields(recording), b""


def sampled(times: Array, period: float) -> Iterator[tuple[int, float]]:
    """Yield number and time of the snapshots to show: the first, the last, and one every ``period`` s."""
    last = -np.inf
    for number, time in enumerate(times.tolist()):
        if time - last >= period - 1e-9 or number == len(times) - 1:
            last = time
            yield number, time


class _MomentMessages:
    """The messages of single snapshots; the figures are sent when they change."""

    def __init__(self, recording: Recording, cards: RecordedCards) -> None:
        self._recording, self._cards = recording, cards
        self._names: tuple[str, ...] = ()
        self._shown: Mapping[str, Card] = {}

    def at(self, number: int) -> Iterator[Message]:
        snapshot = self._recording.snapshot(number)
        names = tuple(snapshot.places)
        if names != self._names:
            self._names = names
            yield "drawn", {"figures": figures(self._recording.drawn(snapshot.time)), "names": names}, b""
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
        fields, floats = to_message(moment, self._shown)
        self._shown = dict(moment.cards)
        yield "moment", fields, floats


def tools(recording: Recording, snapshot: Snapshot) -> dict[str, Floats]:
    """Return (3, 4) of every arm's TCP in frame ``world``; of its flange where the recording holds no TCP."""
    poses = {}
    for arm in snapshot.joints:
        flange = snapshot.places.get(f"{arm}/{FLANGE}")
        if flange is not None:
            message = recording.message_at(topics.tcp(arm), snapshot.time)
            tcp = np.eye(4) if message is None else np.array(message["matrix"]).reshape(4, 4)
            poses[arm] = np.asarray((flange @ tcp)[:3], dtype=np.float32)
    return poses


def _end_fields(recording: Recording) -> dict[str, Any]:
    result = recording.result
    text = "the run was aborted" if result is None else outcome(result)
    cut = "" if recording.complete else "; the recording was cut off here"
    return {"text": text + cut, "failed": result is None or not result.success or bool(cut)}
