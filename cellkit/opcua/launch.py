"""The start of the gateway as a separate process; does not import asyncua."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from cellkit.supervision.frontend_process import Frontend, start_frontend


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The options of the gateway's process; paths as texts. ``state``: the folder of keys, users and audit log."""

    state: str
    host: str = "127.0.0.1"
    port: int = 4840
    insecure_loopback: bool = False
    nodesets: str | None = None
    history: str | None = None
    history_of: tuple[str, ...] = ()


@contextmanager
def gateway_process(options: GatewayOptions) -> Iterator[Frontend]:
    """Run the process while the context lasts; afterwards it is killed if it still runs.

    It builds what all cells have in common, then waits for the description of its cell: start it as early as possible.
    """
    gateway = start_frontend("cellkit.opcua.process", asdict(options))
    try:
        yield gateway
    finally:
        gateway.end.close()
        gateway.process.kill()  # does nothing to a process that has ended
        gateway.process.wait()


def options_from(text: str) -> GatewayOptions:
    """Read the options from the JSON on the process's command line."""
    options: dict[str, Any] = json.loads(text)
    options["history_of"] = tuple(options["history_of"])
    return GatewayOptions(**options)
