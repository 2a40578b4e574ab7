"""Good clients in a process of their own: ``python -m tests.opcua.load.subscribers OPTIONS``.

Prints ``ready`` when all have subscribed; given a number, waits until every item of every client has it, and reports.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asyncua import ua

from bench.light_client import Subscriber, secure_client, settled, together
from tests.opcua.gateway_rig import PATIENCE
from tests.opcua.load.counted import Counted, Ledger


@dataclass(frozen=True)
class Options:
    """``state``: the folder of the rig's state. ``interval``: ms. ``channel``: s that a channel lives."""

    url: str
    cell: str
    state: str
    paths: list[str]
    clients: int
    user: str = "watcher"
    interval: float = 100.0
    channel: float = 3600.0

    def text(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


class GoodClient:
    """Connected, with a subscription of all that the options name."""

    def __init__(self, options: Options, ledger: Ledger) -> None:
        self._options = options
        self.counted = Counted(ledger)

    async def begin(self) -> None:
        """Connect and subscribe."""
        options = self._options
        self.client = secure_client(options.url, Path(options.state), options.user, options.channel)
        await self.client.connect()
        space = await self.client.get_namespace_index(f"urn:cellkit:cell:{options.cell}")
        self.subscriber = Subscriber(self.client, self.counted.take)
        await self.subscriber.create(options.interval)
        nodes = [ua.NodeId(f"{options.cell}/{path}", space) for path in options.paths]
        for status in await self.subscriber.monitor(nodes):
            status.check()
        self.subscriber.publish()

    def has(self, number: int) -> bool:
        """Whether all items have come to a number."""
        return len(self.counted.last) == len(self._options.paths) and min(self.counted.last.values()) >= number

    async def end(self) -> None:
        """Go away in order."""
        await self.subscriber.close()
        await self.client.disconnect()

    def told(self) -> dict[str, Any]:
        """What it got."""
        subscriber = self.subscriber
        return {
            **self.counted.told(),
            "sequence_gaps": subscriber.sequence_gaps,
            "longest_wait": round(subscriber.longest_wait, 3),
            "trouble": subscriber.trouble,
            "renewals": self.client.renewals,
        }


async def main(options: Options) -> None:
    """Subscribe, wait for the number, report."""
    ledger = Ledger()
    clients = [GoodClient(options, ledger) for _ in range(options.clients)]
    await together(*(client.begin() for client in clients))
    print(json.dumps({"ready": True}), flush=True)
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    number = int(line)
    complete = await settled(lambda: all(client.has(number) for client in clients), bool, PATIENCE / 4)
    report = {
        "complete": complete,
        "changes": sum(client.counted.changes for client in clients),
        "contradictions": ledger.contradictions,
        "clients": [client.told() for client in clients],
    }
    print(json.dumps(report), flush=True)
    await together(*(client.end() for client in clients))


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(Options(**json.loads(sys.argv[1]))))
