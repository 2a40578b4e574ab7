"""A server for the gateway's benchmark on open62541, by its Python package o6.

``serve_values_o6.py STATE VARIABLES RATE``

It runs in the environment of o6, which ``make test-clients`` creates, so it imports nothing of cellkit.
"""

from __future__ import annotations

import logging
import socket
import sys
import time
from pathlib import Path

import o6

NAMESPACE = "urn:cellkit:bench"
SERVER_URI = "urn:cellkit:gateway:bench"
o6.ns.namespace("bench", uri=NAMESPACE)


def free_port() -> int:
    """Return a port that is free now: this server cannot choose one by itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(state: Path, variables: int, rate: float) -> None:
    """Serve, and change every variable at the rate (Hz)."""
    port, own = free_port(), state / "pki" / "own"
    server = o6.Server(
        port,
        certificate=own / "certs" / "cellkit.der",
        privateKey=own / "private" / "cellkit.pem",
        acceptAllCertificates=True,
        applicationUri=SERVER_URI,
    )
    server.ns.append(sys.modules[__name__])  # a module is what publishes a namespace
    space = list(server.read("i=2255")).index(NAMESPACE)
    nodes = [o6.NodeId(f"ns={space};s=v{number}") for number in range(variables)]
    for number, node in enumerate(nodes):
        server.addVariable(f"v{number}", server.objectsNode, 0.0, nodeId=node, ns=space)
    with server:
        print(port, flush=True)
        count, due = 0, time.monotonic()
        while True:
            due = max(due + 1.0 / rate, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            count += 1
            server.write(nodes, [float(count)] * variables)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)  # without a trust list, it warns of every client
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
