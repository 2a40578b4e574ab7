"""The gateway's server against plain asyncua's, and, where they are installed, node-opcua's and open62541's.

All hold the same variables, which change ten times a second, sign and encrypt, and serve the same clients.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.clients import client_python
from bench.npm import PACKAGES, npm_environment
from bench.opcua_state import State
from bench.serve_values import SERVER_URI
from cellkit.opcua.security.pki import Pki

RATE = 10.0  # Hz
CLIENTS = 5
MODERATE, TOO_MANY = 200, 1500
"""Items per client: a number that every server can take, and a number that none can."""
SECONDS = 3.0
TARGETS = {"asyncua": ("≥ 2.5", "≥ 2.5"), "open62541": ("", "≥ 0.67")}
"""Targets of delivered changes and of processor time, by server."""
SOURCES = {
    "node-opcua": "it comes by npm",
    "open62541": "run `make test-clients` first: it brings o6, its Python package",
}
USER = "watcher"
NODE_SERVER = Path(__file__).with_name("serve_values.cjs")
O6_SERVER = Path(__file__).with_name("serve_values_o6.py")


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one server.

    ``delivered``: changes per second with too many items. ``cpu``: s of processor time for 1000 changes.
    """

    delivered: float
    cpu: float


def servers(state: Path) -> Mapping[str, list[str]]:
    own = [sys.executable, "-m", "bench.serve_values"]
    found = {"gateway": [*own, "gateway", str(state)], "asyncua": [*own, "asyncua", str(state)]}
    if shutil.which("npm") and shutil.which("node"):
        # `make` does not install npm's packages.
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            packages = npm_environment(PACKAGES)
            found["node-opcua"] = ["node", str(NODE_SERVER), str(packages), str(state)]
    python = client_python("opcua-_o6")
    if python is not None:
        found["open62541"] = [str(python), str(O6_SERVER), str(state)]
    return found


@contextlib.contextmanager
def _running(command: list[str], variables: int, rate: float) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and its process id."""
    process = subprocess.Popen([*command, str(variables), str(rate)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = next(line for line in process.stdout if line.strip().isdigit())  # node-opcua warns on the same stream
        yield int(port), process.pid
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def measure_one(
    kind: str, command: list[str], state: Path, items: int, clients: int = CLIENTS, rate: float = RATE
) -> dict[str, float]:
    """Return what the clients of one server got (``changes``), in which time, and the server's processor time (s)."""
    user = USER if kind == "gateway" else ""
    with _running(command, items, rate) as (port, pid):
        asked = [f"opc.tcp://127.0.0.1:{port}", str(state), user, str(clients), str(items), str(SECONDS), str(pid)]
        done = subprocess.run(
            [sys.executable, "-m", "bench.subscribe_values", *asked], check=True, capture_output=True, text=True
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if found["trouble"]:
        raise SystemExit(f"the clients of {kind} met {found['trouble']}")
    return found


@contextlib.contextmanager
def server_state() -> Iterator[Path]:
    """Yield a state folder with the certificate of all servers, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder) / "state").folder
        Pki(state / "pki").own_certificate("bench", SERVER_URI, "127.0.0.1")
        yield state


def measure() -> dict[str, Figures]:
    """Return the figures by server; node-opcua's only where npm is installed."""
    found = {}
    with server_state() as state:
        for kind, command in servers(state).items():
            easy, hard = (measure_one(kind, command, state, items) for items in (MODERATE, TOO_MANY))
            found[kind] = Figures(hard["changes"] / hard["seconds"], easy["cpu"] / easy["changes"] * 1000.0)
    return found


def rows() -> list[tuple[str, str, str, str]]:
    """Return what was measured, the figure, its target, and the details."""
    figures = measure()
    ours = figures.pop("gateway")
    found = []
    for kind, theirs in figures.items():
        target, cheaper = TARGETS.get(kind, ("", ""))
        detail = f"{ours.delivered:.0f} ÷ {theirs.delivered:.0f} a second, {CLIENTS} clients of {TOO_MANY} items"
        found.append(
            (f"gateway: delivered changes ÷ {kind}'s", f"{ours.delivered / theirs.delivered:.1f}", target, detail)
        )
        detail = f"{theirs.cpu * 1e3:.1f} ms ÷ {ours.cpu * 1e3:.1f} ms for 1000, {CLIENTS} clients of {MODERATE} items"
        found.append(
            (f"gateway: {kind}'s processor time a change ÷ ours", f"{theirs.cpu / ours.cpu:.2f}", cheaper, detail)
        )
    for kind, source in SOURCES.items():
        if kind not in figures:
            found.append((f"gateway ÷ {kind}'s server", "-", "", f"not measured here: {source}"))
    return found
