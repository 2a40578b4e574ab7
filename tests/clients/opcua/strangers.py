"""Programs of other vendors in processes of their own, which talk to a served cell and to the test."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from npm import HERE, npm_environment

from tests.opcua.gateway_rig import CLIENT_URI, PASSWORD, PATIENCE, ServedCell

Answer = Callable[[Any], Any]


class Stranger:
    """A program that is running; the last line that it prints is its result, every other one a question."""

    def __init__(self, command: list[str], settings: Mapping[str, Any], answer: Answer, **environment: str) -> None:
        self._answer = answer
        self._process = subprocess.Popen(
            [*command, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, **environment},
        )
        self._complaints = ""
        self._reader = threading.Thread(target=self._read_complaints, daemon=True)
        self._reader.start()

    def _read_complaints(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            self._complaints = stream.read()

    def result(self) -> dict[str, Any]:
        """Answer its questions until it ends."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        last = ""
        try:
            for line in process.stdout:
                if line.startswith('{"ask":'):
                    process.stdin.write(json.dumps(self._answer(json.loads(line)["ask"])) + "\n")
                else:
                    last = line
            process.wait(PATIENCE)
        finally:
            watchdog.cancel()
            process.kill()
            process.wait()
            self._reader.join(PATIENCE)
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        assert process.returncode == 0, f"it failed:\n{last}\n{self._complaints}"
        found: dict[str, Any] = json.loads(last)
        return found


def settings_of(cell: ServedCell, folder: Path, user: str | None = "plc", **more: Any) -> dict[str, Any]:
    """What a client must know: where the cell is, whom to trust, and who it is itself."""
    state = cell.state
    return {
        "url": cell.url,
        "cell": cell.cell,
        "user": user,
        "password": PASSWORD,
        "uri": CLIENT_URI,
        "certificate": str(state.client.certificate_file),
        "key": str(state.client.key_file),
        "serverCertificate": str(state.server.certificate_file),
        "pki": str(folder / "pki of node-opcua"),
        **more,
    }


def start_node(script: str, settings: Mapping[str, Any], answer: Answer = json.dumps) -> Stranger:
    """A script of this folder, with node-opcua."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node.js here")
    modules = npm_environment(HERE / "package.json") / "node_modules"
    return Stranger([node, str(HERE / script)], settings, answer, NODE_PATH=str(modules))


def run_node(script: str, settings: Mapping[str, Any], answer: Answer = json.dumps) -> dict[str, Any]:
    """A script of this folder, with node-opcua, to its end."""
    return start_node(script, settings, answer).result()
