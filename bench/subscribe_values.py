"""Clients for the gateway's benchmark.

``python -m bench.subscribe_values URL STATE USER CLIENTS ITEMS SECONDS SERVER`` prints the changes that arrived in the
time, and the processor time (s) that the server's process used.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path

from asyncua import ua

from bench.light_client import Subscriber, secure_client, together
from bench.notifications import Published
from bench.serve_values import NAMESPACE

INTERVAL = 100.0  # ms
WARM_UP = 1.0  # s


def cpu_seconds(pid: int) -> float:
    """Return the processor time in s that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main(url: str, state: Path, user: str | None, clients: int, items: int, seconds: float, server: int) -> None:
    """Subscribe and count the changes."""
    got = 0

    def count(answer: Published) -> None:
        nonlocal got
        got += len(answer.changes)

    async def begin() -> None:
        client = secure_client(url, state, user)
        await client.connect()
        space = await client.get_namespace_index(NAMESPACE)
        subscriber = Subscriber(client, count)
        await subscriber.create(INTERVAL)
        nodes = [ua.NodeId(f"v{number}", space) for number in range(items)]
        for status in await subscriber.monitor(nodes, queue=10):
            status.check()
        subscriber.publish()
        everybody.append((client, subscriber))

    everybody: list[tuple[object, Subscriber]] = []
    await together(*(begin() for _ in range(clients)))
    await asyncio.sleep(WARM_UP)
    before, started, cpu = got, time.perf_counter(), cpu_seconds(server)
    await asyncio.sleep(seconds)
    elapsed, used = time.perf_counter() - started, cpu_seconds(server) - cpu
    trouble = [what for _, subscriber in everybody for what in subscriber.trouble]
    print(json.dumps({"changes": got - before, "seconds": elapsed, "cpu": used, "trouble": trouble}), flush=True)
    os._exit(0)  # the server is ended anyway


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    url, state, user, clients, items, seconds, server = sys.argv[1:]
    asyncio.run(main(url, Path(state), user or None, int(clients), int(items), float(seconds), int(server)))
