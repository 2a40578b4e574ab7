"""Subscriptions of a virtual controller: groups of resources, each group with one WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import count

from cellkit_abb.protocol.errors import REJECTED
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_access import ClientSession, RequestRefused

_PENDING = 1000  # events that may be queued for a client
_GROUPS = 100  # groups at once; an assumption


class Group:
    """The subscription of one client; events are queued here for its WebSocket.

    ``resources``: the name of a resource here -> its name in the client's request.
    """

    def __init__(self, number: int, session: ClientSession, resources: Mapping[str, str]) -> None:
        self.number = number
        self.session = session
        self.resources = dict(resources)
        self.events: asyncio.Queue[Item | None] = asyncio.Queue(_PENDING)
        self.ended = False

    def put(self, item: Item | None) -> None:
        """Add an event to the queue; None is the last one. A client that does not read is dropped."""
        if self.ended:
            return
        try:
            self.events.put_nowait(item)
        except asyncio.QueueFull:
            self.ended = True
            self.events.get_nowait()
            self.events.put_nowait(None)
            return
        self.ended = item is None


class Subscriptions:
    """All groups of a controller."""

    def __init__(self) -> None:
        self._groups: dict[int, Group] = {}
        self._numbers = count(1)

    def add(self, session: ClientSession, resources: Mapping[str, str]) -> Group:
        """Add a group. Raises ``RequestRefused`` when there are too many."""
        if len(self._groups) >= _GROUPS:
            raise RequestRefused(REJECTED, "too many subscriptions")
        group = Group(next(self._numbers), session, resources)
        self._groups[group.number] = group
        return group

    def find(self, number: int, session: ClientSession) -> Group | None:
        """Return a group of this client."""
        group = self._groups.get(number)
        return group if group is not None and group.session is session else None

    def remove(self, group: Group) -> None:
        """End a group."""
        self._groups.pop(group.number, None)
        group.put(None)

    def publish(self, item: Item) -> None:
        """Send an event to all groups that subscribe to the resource of the item's link, or to its parent."""
        for group in tuple(self._groups.values()):
            if item.link in group.resources:
                group.put(replace(item, link=group.resources[item.link]))
            elif item.link.rpartition("/")[0] in group.resources:
                group.put(item)
            if group.ended:
                self.remove(group)

    def close(self) -> None:
        """End all groups."""
        for group in tuple(self._groups.values()):
            self.remove(group)
