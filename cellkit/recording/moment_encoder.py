"""Encoding of what a run sends to its recording, many moments at once, in the thread that writes the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from cellkit.recording import topics
from cellkit.recording.json_rows import NumberRows, ValueRows
from cellkit.recording.mcap_writer import Message
from cellkit.recording.messages import Joints, Transforms
from cellkit.recording.moments import Moments, all_places
from cellkit.scenario.kinds.recorded_kind import RecordedKind
from cellkit.scenario.observers import IdleSpan, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What is recorded of every one of many moments: the same object, as long as it is the same.

    ``moving``: the names of bodies and links whose places are recorded. ``joints`` and ``wrenches``: arms.
    ``measured``: kind by role. ``size``: about how many bytes a moment has.
    """

    moving: tuple[str, ...]
    joints: tuple[str, ...]
    wrenches: tuple[str, ...]
    measured: Mapping[str, RecordedKind]
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A snapshot or an idle span at cell ``times`` (ns), and messages of these times that come with changes only."""

    layout: Layout
    times: Sequence[int]
    seen: Snapshot | IdleSpan
    changes: Sequence[Message]


class MomentEncoder:
    """An encoder of moments."""

    def __init__(self) -> None:
        self._transforms = Transforms()
        self._joints: dict[str, Joints] = {}
        self._wrenches: dict[str, NumberRows] = {}
        self._values: dict[str, ValueRows] = {}

    def add_arm(self, arm: str, joints: Sequence[str]) -> None:
        """Add an arm with the names of its joints, before its first moment."""
        self._joints[arm] = Joints(joints)
        self._wrenches[arm] = NumberRows(topics.wrench_form(arm))

    def messages(self, items: Sequence[Seen | Message]) -> Iterator[Message]:
        """Yield the messages of all items, in order. Moments of one layout are encoded at once, whatever is between."""
        rows = self._rows([item for item in items if isinstance(item, Seen)])
        for item in items:
            if not isinstance(item, Seen):
                yield item
                continue
            for time in item.times:
                if item.changes:
                    yield from (change for change in item.changes if change[1] == time)
                topic_names, row = next(rows)
                for topic, data in zip(topic_names, row, strict=True):
                    yield topic, time, data

    def _rows(self, items: Sequence[Seen]) -> Iterator[tuple[Sequence[str], Sequence[bytes]]]:
        """Yield the topics and the messages of each moment."""
        for layout, group in groupby(items, lambda item: item.layout):
            seen = list(group)
            times = [time for item in seen for time in item.times]
            columns = self._columns(layout, times, _moments([item.seen for item in seen]))
            for row in zip(*columns.values(), strict=True):
                yield tuple(columns), row

    def _columns(self, layout: Layout, times: Sequence[int], moments: Sequence[Moments]) -> dict[str, Sequence[bytes]]:
        """Return k messages by topic."""
        seconds = [time for one in moments for time in one.seconds]
        found: dict[str, Sequence[bytes]] = {}
        if layout.moving:
            found[topics.MOVING] = self._transforms.messages(times, layout.moving, all_places(moments, layout.moving))
        for arm in layout.joints:
            rows = np.concatenate([one.joints[arm] for one in moments])
            found[topics.joints(arm)] = self._joints[arm].messages(times, rows)
        for arm in layout.wrenches:
            rows = np.concatenate([one.wrenches[arm] for one in moments])
            found[topics.wrench(arm)] = self._wrenches[arm].rows(seconds, rows)
        for role, kind in layout.measured.items():
            encoder = self._values.setdefault(role, ValueRows())
            contents = [kind.message(values) for one in moments for values in one.measured[role]]
            found[topics.measured(role, kind.quantity)] = encoder.rows(seconds, contents)
        return found


def _moments(items: Sequence[Snapshot | IdleSpan]) -> list[Moments]:
    """Return the moments of snapshots and spans; neighbouring snapshots are taken together."""
    result = []
    for kind, group in groupby(items, type):
        if kind is Snapshot:
            result.append(Moments.of_snapshots([one for one in group if isinstance(one, Snapshot)]))
        else:
            result += [Moments.of_span(one) for one in group if isinstance(one, IdleSpan)]
    return result
