"""The gateway's process: ``python -m cellkit.opcua.process FD OPTIONS``; ``cellkit serve`` starts it."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from pathlib import Path
from typing import Any

from asyncua.server.address_space import AddressSpace

from cellkit.access.audit import AuditLog
from cellkit.access.settings import audit_file, lockout_file
from cellkit.access.users import UserDirectory, users_file
from cellkit.end_signals import leave_to_parent
from cellkit.errors import ConfigError
from cellkit.opcua import logs
from cellkit.opcua.gateway import Gateway, GatewaySettings
from cellkit.opcua.launch import GatewayOptions, options_from
from cellkit.opcua.model.standard_nodes import add_standard_nodes
from cellkit.opcua.security.certificates import application_uris
from cellkit.opcua.security.pki import Pki, read_certificate
from cellkit.opcua.security.server import GatewayServer
from cellkit.opcua.security.settings import SecuritySettings
from cellkit.supervision.cell_line import CellLine


def make_server(
    options: GatewayOptions, name: str, standard: AddressSpace | None = None
) -> tuple[GatewayServer, dict[str, Any]]:
    """Make the secured server of the cell ``name``, and the facts about it that the cell reports to the user.

    ``standard``: the nodes of the core namespace, if they are built already. Raises ``ConfigError``.
    """
    pki = None if options.insecure_loopback else Pki(Path(options.state) / "pki")
    settings = SecuritySettings(
        application_uri=_application_uri(pki),
        name=f"cellkit gateway of {name}",
        host=options.host,
        port=options.port,
        insecure_loopback=options.insecure_loopback,
        lockout_file=None if options.insecure_loopback else lockout_file(Path(options.state)),
    )
    if pki is None:
        return GatewayServer(settings, None, None, None, standard), {"security": "none, read-only"}
    state = Path(options.state)
    users = UserDirectory(users_file(state))
    audit = AuditLog(audit_file(state))
    facts = {"security": ", ".join(settings.policies), "users": len(users.users()), "pki": str(pki.folder)}
    return GatewayServer(settings, pki, users, audit, standard), facts


def _application_uri(pki: Pki | None) -> str:
    """Return the URI of the own certificate, so that clients trust it under a new host name, or one with the host."""
    if pki is not None and pki.certificate_file.exists():
        uris = application_uris(read_certificate(pki.certificate_file))
        if len(uris) == 1:
            return uris[0]
    return f"urn:{socket.gethostname()}:cellkit:gateway"


def freeze_address_space() -> None:
    """Exempt the half a million objects of the address space from garbage collections, which begin now."""
    gc.freeze()
    gc.enable()


async def serve(end: socket.socket, options: GatewayOptions) -> None:
    """Serve until the cell ends."""
    line = CellLine(end)
    await line.open()
    standard = AddressSpace()
    add_standard_nodes(standard)  # before the cell's description comes, because the cell takes as long to load
    messages = line.messages()
    description = await anext(messages, None)
    if description is None:  # the cell has ended already
        line.close()
        return
    cell = description["cell"]
    try:
        server, facts = make_server(options, cell["name"], standard)
        await server.init()
        settings = GatewaySettings(
            nodesets=None if options.nodesets is None else Path(options.nodesets),
            history=None if options.history is None else Path(options.history),
            history_of=options.history_of,
        )
        gateway = Gateway(server, line, settings)
    except ConfigError as error:
        line.report(failed=str(error))
        return

    started = False
    try:
        await gateway.build(cell)
        await server.start()
        started = True
        freeze_address_space()
        certificate = None if options.insecure_loopback else _certificate(options)
        line.report(serving=server.settings.url(server.port), certificate=certificate, **facts)
        await gateway.run(messages)
    except ConfigError as error:
        line.report(failed=str(error))
    finally:
        await gateway.close()
        if started:
            await server.stop()
        line.close()


def _certificate(options: GatewayOptions) -> str:
    return str(Pki(Path(options.state) / "pki").certificate_file)


def main() -> None:
    """Run the process."""
    leave_to_parent()
    logs.set_up()
    end = socket.socket(fileno=int(sys.argv[1]))
    end.setblocking(False)
    gc.disable()  # until the address space is complete: nothing of it is garbage
    asyncio.run(serve(end, options_from(sys.argv[2])))


if __name__ == "__main__":
    main()
