"""The gateway's server against plain asyncua's, and against node-opcua's where npm is installed: many clients.

All three hold the same variables, which change ten times a second, sign and encrypt, and serve the same clients.
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

from bench.npm import PACKAGES, npm_environment
from bench.opcua_state import State
from bench.serve_values import SERVER_URI
from cellkit.opcua.security.pki import Pki

RATE = 10.0  # Hz
CLIENTS = 5
MODERATE, TOO_MANY = 200, 1500
"""Items per client: a number that every server can take, and a number that none can."""
SECONDS = 3.0
USER = "watcher"
NODE_SERVER = Path(__file__).with_name("serve_values.cjs")


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one server.

    ``delivered``: changes per second with too many items. ``cpu``: s of processor time for 1000 changes.
    """

    delivered: float
    cpu: float


def _servers(state: Path) -> Mapping[str, list[str]]:
    own = [sys.executable, "-m", "bench.serve_values"]
    found = {"gateway": [*own, "gateway", str(state)], "asyncua": [*own, "asyncua", str(state)]}
    if shutil.which("npm") and shutil.which("node"):
        # `make` does not install npm's packages.
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            packages = npm_environment(PACKAGES)
            found["node-opcua"] = ["node", str(NODE_SERVER), str(packages), str(state)]
    return found


@contextlib.contextmanager
def _running(command: list[str], variables: int) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and its process id."""
    process = subprocess.Popen([*command, str(variables), str(RATE)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = next(line for line in process.stdout if line.strip().isdigit())  # node-opcua warns on the same stream
        yield int(port), process.pid
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _measure(kind: str, command: list[str], state: Path, items: int) -> dict[str, float]:
    user = USER if kind == "gateway" else ""
    with _running(command, items) as (port, pid):
        asked = [f"opc.tcp://127.0.0.1:{port}", str(state), user, str(CLIENTS), str(items), str(SECONDS), str(pid)]
        done = subprocess.run(
            [sys.executable, "-m", "bench.subscribe_values", *asked], check=True, capture_output=True, text=True
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if found["trouble"]:
        raise SystemExit(f"the clients of {kind} met {found['trouble']}")
    return found


def measure() -> dict[str, Figures]:
    """Return the figures by server; node-opcua's only where npm is installed."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder) / "state").folder
        Pki(state / "pki").own_certificate("bench", SERVER_URI, "127.0.0.1")
        for kind, command in _servers(state).items():
            easy, hard = (_measure(kind, command, state, items) for items in (MODERATE, TOO_MANY))
            found[kind] = Figures(hard["changes"] / hard["seconds"], easy["cpu"] / easy["changes"] * 1000.0)
    return found


def rows() -> list[tuple[str, str, str, str]]:
    """Return what was measured, the figure, its target, and the details."""
    figures = measure()
    ours = figures.pop("gateway")
    found = []
    for kind, theirs in figures.items():
        target = "≥ 2.5" if kind == "asyncua" else ""
        detail = f"{ours.delivered:.0f} ÷ {theirs.delivered:.0f} a second, {CLIENTS} clients of {TOO_MANY} items"
        found.append(
            (f"gateway: delivered changes ÷ {kind}'s", f"{ours.delivered / theirs.delivered:.1f}", target, detail)
        )
        detail = f"{theirs.cpu * 1e3:.1f} ms ÷ {ours.cpu * 1e3:.1f} ms for 1000, {CLIENTS} clients of {MODERATE} items"
        found.append(
            (f"gateway: {kind}'s processor time a change ÷ ours", f"{theirs.cpu / ours.cpu:.1f}", target, detail)
        )
    if "node-opcua" not in figures:
        found.append(("gateway ÷ node-opcua's server", "-", "", "not measured here: it comes by npm"))
    return found
