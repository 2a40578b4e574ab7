"""The command ``cellkit serve``: a cell as a secured OPC UA server, until Ctrl+C.

The gateway's process starts before the cell's modules are loaded, so that both are ready at the same time.
"""

from __future__ import annotations

import os

from cellkit.access.settings import state_folder
from cellkit.cli.serve_options import ServeOptions
from cellkit.errors import ConfigError
from cellkit.opcua.launch import GatewayOptions, gateway_process


def serve_command(options: ServeOptions) -> int:
    """Serve until Ctrl+C or ``quit``, and return the exit code."""
    _check(options)
    with gateway_process(_gateway_options(options)) as gateway:
        from cellkit.cli.serve_cell import serve_with_gateway

        return serve_with_gateway(options, gateway)


def _gateway_options(options: ServeOptions) -> GatewayOptions:
    return GatewayOptions(
        state=str(state_folder(options.state)),
        host=options.host,
        port=options.port,
        insecure_loopback=options.insecure_loopback,
        nodesets=None if options.nodesets is None else str(options.nodesets.absolute()),
        history=None if options.history is None else str(options.history.absolute()),
        history_of=tuple(options.history_of),
    )


def _check(options: ServeOptions) -> None:
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--port {options.port}: expected 0 to 65535")
    if options.insecure_loopback and options.host != "127.0.0.1":
        raise ConfigError(
            f"--insecure-loopback serves 127.0.0.1 only, not {options.host}; leave out one of the two options"
        )
    if options.history_of and options.history is None:
        raise ConfigError("--history-of needs a file for the history (--history FILE)")
    if options.nodesets is not None and not os.path.isdir(options.nodesets):
        raise ConfigError("--nodesets: no such folder", file=options.nodesets)
    if options.history is not None and not os.path.isdir(folder := options.history.absolute().parent):
        raise ConfigError(f"--history: no folder {folder}", file=options.history)
