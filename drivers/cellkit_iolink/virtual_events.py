"""Subscriptions of an IoT Core: the subscribers of each event, and the posts to them.

Callbacks are served on this machine alone, as everything that a virtual device does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from cellkit.devices.wired import is_loopback
from cellkit.transport import Network
from cellkit.transport.http_client import http_client
from cellkit_iolink.protocol.iotcore import BAD_REQUEST, NOT_FOUND, Event, Item, Request, encode_event
from cellkit_iolink.virtual_tree import Arguments, Element, Refusal, Service

WAITING = 100  # events that may wait for one listener; what comes then is lost
PATIENCE = 2.0  # s that a listener may take
EVERYTHING = "DELETE"
MOST = 32  # subscriptions at a time


@dataclass(slots=True)
class Subscription:
    """One listener; ``source`` is the element that it listens to."""

    source: str
    callback: str
    cid: int
    paths: tuple[str, ...]
    waiting: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(WAITING))
    worker: asyncio.Task[None] | None = None


class Subscriptions:
    """Of one master. ``run`` starts a background task, ``changed`` is called when there is another number of them."""

    def __init__(
        self,
        network: Callable[[], Network],
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        item: Callable[[str], Item],
        changed: Callable[[], None],
    ) -> None:
        self._network, self._run, self._item, self._changed = network, run, item, changed
        self._all: list[Subscription] = []
        self._number = 0

    def event(self, source: str) -> Element:
        """Return the element ``datachanged`` of the element at path ``source``."""
        source = f"{source}/datachanged"

        def subscribe(data: Arguments, request: Request) -> None:
            self._subscribe(source, data, request)

        def unsubscribe(data: Arguments, request: Request) -> None:
            self._unsubscribe(source, data, request)

        def information(data: Arguments, request: Request) -> dict[str, Any]:
            return self._information(source, data, request)

        services: dict[str, Service] = {
            "subscribe": subscribe,
            "unsubscribe": unsubscribe,
            "getsubscriptioninfo": information,
        }
        return Element("datachanged", "event", services=services)

    def listens(self, source: str) -> bool:
        """Whether there is a subscription."""
        return any(one.source == f"{source}/datachanged" for one in self._all)

    def listing(self) -> list[dict[str, Any]]:
        """As ``getsubscriberlist`` shows them."""
        return [
            {"adr": one.source, "callbackurl": one.callback, "datatosend": list(one.paths), "cid": one.cid}
            for one in self._all
        ]

    def notify(self, source: str) -> None:
        """Something at path ``source`` has changed."""
        for one in self._all:
            if one.source == f"{source}/datachanged":
                self._number += 1
                payload = {path: self._item(path) for path in (source, *one.paths)}
                with suppress(asyncio.QueueFull):
                    one.waiting.put_nowait(encode_event(Event(one.cid, self._number, one.source, payload)))

    def _subscribe(self, source: str, data: Arguments, request: Request) -> None:
        callback, paths = _callback(data), data.get("datatosend", [])
        try:
            parts = urlsplit(callback)
            _ = parts.port
        except ValueError:
            raise Refusal(BAD_REQUEST, "the callback is no address") from None
        if parts.scheme != "http" or not parts.hostname or not is_loopback(parts.hostname):
            raise Refusal(BAD_REQUEST, "events are posted to http:// addresses of this machine only")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise Refusal(BAD_REQUEST, "datatosend is no list of data points")
        for path in paths:
            if self._item(path).code == NOT_FOUND:
                raise Refusal(NOT_FOUND, f"no data point {path}")
        self._forget(lambda one: (one.source, one.callback, one.cid) == (source, callback, request.cid))
        if len(self._all) >= MOST:
            raise Refusal(BAD_REQUEST, f"{MOST} subscriptions are the most")
        added = Subscription(source, callback, request.cid, tuple(paths))
        added.worker = self._run(self._deliver(added))
        self._all.append(added)
        self._changed()

    def _unsubscribe(self, source: str, data: Arguments, request: Request) -> None:
        callback = _callback(data)
        if callback == EVERYTHING:
            self._forget(lambda _one: True)
        elif not self._forget(lambda one: (one.source, one.callback, one.cid) == (source, callback, request.cid)):
            raise Refusal(BAD_REQUEST, "no such subscription")
        self._changed()

    def _information(self, source: str, data: Arguments, request: Request) -> dict[str, Any]:
        callback = _callback(data)
        for one in self._all:
            if (one.source, one.callback, one.cid) == (source, callback, request.cid):
                return {"callback": callback, "datatosend": list(one.paths)}
        raise Refusal(BAD_REQUEST, "no such subscription")

    def _forget(self, ended: Callable[[Subscription], bool]) -> bool:
        gone = [one for one in self._all if ended(one)]
        self._all = [one for one in self._all if one not in gone]
        for one in gone:
            if one.worker is not None:
                one.worker.cancel()
        return bool(gone)

    async def _deliver(self, one: Subscription) -> None:
        parts = urlsplit(one.callback)
        path = parts.path or "/"
        client = http_client(self._network(), f"http://{parts.netloc}", timeout=PATIENCE)
        try:
            while True:
                event = await one.waiting.get()
                with suppress(httpx.HTTPError):  # the subscriber does not answer now; it gets the next event
                    await client.post(path, content=event, headers={"Content-Type": "application/json"})
        finally:
            await client.aclose()


def _callback(data: Arguments) -> str:
    callback = data.get("callback")
    if not isinstance(callback, str) or not callback:
        raise Refusal(BAD_REQUEST, "no callback")
    return callback
