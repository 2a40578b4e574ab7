"""A server for the gateway's benchmark: ``python -m bench.serve_values gateway|asyncua STATE VARIABLES RATE``.

Both hold the same variables, are secured in the same way, and are written by the same lines of code.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from asyncua import Server, ua

from cellkit.opcua.launch import GatewayOptions
from cellkit.opcua.process import freeze_address_space, make_server
from cellkit.opcua.security.pki import Pki

NAMESPACE = "urn:cellkit:bench"
NAME = "bench"
FOLDER = 100
"""Variables in a folder: asyncua compares the name of a new variable with those of all its neighbours."""
SERVER_URI = f"urn:cellkit:gateway:{NAME}"


async def plain(state: Path) -> Server:
    """Make a plain asyncua server, with encryption."""
    server, pki = Server(), Pki(state / "pki")
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    await server.set_application_uri(SERVER_URI)
    await server.load_certificate(pki.certificate_file)
    await server.load_private_key(pki.key_file)
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    return server


async def gateway(state: Path) -> Server:
    """Make the gateway's server."""
    server, _ = make_server(GatewayOptions(str(state), port=0), NAME)
    await server.init()
    return server


async def main(kind: str, state: Path, variables: int, rate: float) -> None:
    """Serve, and change every variable at the rate (Hz)."""
    server = await (gateway if kind == "gateway" else plain)(state)
    space = await server.register_namespace(NAMESPACE)
    nodes = [ua.NodeId(f"v{number}", space) for number in range(variables)]
    parent = server.nodes.objects
    for number, node in enumerate(nodes):
        if number % FOLDER == 0:
            parent = await server.nodes.objects.add_folder(space, f"folder {number}")
        await parent.add_variable(node, f"{space}:{node.Identifier}", 0.0)
    await server.start()
    if kind == "gateway":
        freeze_address_space()  # as the gateway's process does
    loop, count = asyncio.get_running_loop(), 0
    print(server.bserver.port, flush=True)
    due = loop.time()
    while True:
        due = max(due + 1.0 / rate, loop.time())
        await asyncio.sleep(due - loop.time())
        count += 1
        now = datetime.now(UTC)
        for node in nodes:
            value = ua.Variant(float(count), ua.VariantType.Double)
            data = ua.DataValue(value, SourceTimestamp=now, ServerTimestamp=now)
            await server.write_attribute_value(node, data)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
