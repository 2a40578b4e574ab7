"""The endless answers of a virtual agent: parts as things happen, or as a sign of life."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection

from cellkit.timing import now
from cellkit_mtconnect.protocol.documents import Document, Observation
from cellkit_mtconnect.virtual_agent import Agent
from cellkit_mtconnect.virtual_rules import Rules, Sample


class StreamEnd(Exception):
    """The stream ends; ``last`` is the document that goes before, where there is one."""

    def __init__(self, last: Document | None = None) -> None:
        super().__init__()
        self.last = last


class SampleStream:
    """What ``/sample`` with an interval tells: not more often than ``interval``, not less often than ``heartbeat``.

    Version 1 begins with a document at once, version 2 only if there is something to tell.
    """

    def __init__(self, agent: Agent, rules: Rules, asked: Sample, items: Collection[str]) -> None:
        ring = agent.ring
        self._agent, self._rules, self._asked, self._items = agent, rules, asked, items
        self._next = ring.first if asked.start is None else asked.start
        self._at_end = rules.second and self._next >= ring.next
        self._last = now()
        self._signal: int | None = None
        self._woken = asyncio.Event()
        self._forget: Callable[[], None] = ring.watch(self._observed)

    def close(self) -> None:
        """End the stream of a client that is gone."""
        self._forget()
        self._forget = lambda: None

    async def next(self) -> Document:
        """Return the next document, when its time has come. Raises ``StreamEnd`` for a client that is too slow."""
        if self._at_end:
            await self._wait()
        ring = self._agent.ring
        if self._next < ring.first:
            raise StreamEnd(self._agent.errors(self._rules.too_slow()))
        self._signal = None
        self._woken.clear()
        document, excerpt = self._agent.sample(self._items, self._next, self._asked.count)
        self._next, self._at_end = excerpt.next, excerpt.at_end
        self._last = now()
        return document

    def _observed(self, one: Observation) -> None:
        if one.item in self._items:
            if self._signal is None:
                self._signal = one.sequence
            self._woken.set()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._last + self._asked.heartbeat / 1000):
                await self._woken.wait()
        if self._signal is None:
            self._next = self._agent.ring.next
            return
        await asyncio.sleep(max(0.0, self._last + (self._asked.interval or 0) / 1000 - now()))
        self._next = max(self._next, self._signal)


class CurrentStream:
    """What ``/current`` with an interval tells: everything, again and again."""

    def __init__(self, agent: Agent, interval: int, items: Collection[str]) -> None:
        self._agent, self._interval, self._items = agent, interval, items
        self._begun = False

    def close(self) -> None:
        """End the stream of a client that is gone."""

    async def next(self) -> Document:
        """Return the next document, when its time has come."""
        if self._begun:
            await asyncio.sleep(self._interval / 1000)
        self._begun = True
        return self._agent.current(self._items)
