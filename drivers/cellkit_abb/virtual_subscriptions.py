"""Subscriptions of a virtual controller: groups of resources, each group with one WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import count

from cellkit_abb.protocol.errors import REJECTED
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_access import ClientSession, RequestRefused

_PENDING = 1000  # events that may wait for a client
_GROUPS = 100  # at once; an assumption


class Group:
    """What one client has subscribed to; events wait here for its WebSocket.

    ``resources``: what a resource is called here -> what the client has called it.
    """

    def __init__(self, number: int, session: ClientSession, resources: Mapping[str, str]) -> None:
        self.number = number
        self.session = session
        self.resources = dict(resources)
        self.events: asyncio.Queue[Item | None] = asyncio.Queue(_PENDING)
        self.ended = False

    def put(self, item: Item | None) -> None:
        """An event; None is the last one. A client that does not read is dropped."""
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
        """A new group. Raises ``RequestRefused`` when there are too many."""
        if len(self._groups) >= _GROUPS:
            raise RequestRefused(REJECTED, "too many subscriptions")
        group = Group(next(self._numbers), session, resources)
        self._groups[group.number] = group
        return group

    def find(self, number: int, session: ClientSession) -> Group | None:
        """A group of this client."""
        group = self._groups.get(number)
        return group if group is not None and group.session is session else None

    def remove(self, group: Group) -> None:
        """End a group."""
        self._groups.pop(group.number, None)
        group.put(None)

    def publish(self, item: Item) -> None:
        """Tell everybody who has subscribed to the resource that the item's link names, or to what it is part of."""
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
